"""A correction ledger as a person reads it: sentences, the answer first, and tables.

It knows records alone; what was not measured says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.display.wording import UNKNOWN
from infra.domain.corrections import CorrectionLedger, CorrectionTests, LayerBlame
from infra.domain.sections import Table


def correction_sentences(ledger: CorrectionLedger, tests: CorrectionTests | None) -> tuple[str, ...]:
    """What was corrected, what it was held against, whose blame it was, and whether earlier corrections hold."""
    found = [_answer(ledger), *_held_against(ledger), *_unseen(ledger), *_losses(ledger), *_blame(ledger.layers)]
    return (*found, *_tests(tests), _influence(ledger))


def parts_table(ledger: CorrectionLedger) -> Table:
    """The counts by part."""
    rows = [
        (one.part, *(f"{count:,}" for count in (one.rows, one.mistakes, one.fixed, one.still_wrong, one.broken)))
        for one in ledger.parts
    ]
    together = (sum(one.rows for one in ledger.parts), ledger.mistakes, ledger.fixed, ledger.still_wrong, ledger.broken)
    return Table(
        head=("Rows", "Labelled", "Mistakes before", "Fixed", "Still wrong", "Broken"),
        rows=(*rows, ("together", *(f"{count:,}" for count in together))),
        caption="Every labelled row of the run, counted",
        numeric=(1, 2, 3, 4, 5),
    )


def layers_table(ledger: CorrectionLedger) -> Table:
    """Blame and change by layer. 1× is a share as large as the layer's part of all parameters."""
    whole = sum(one.parameters for one in ledger.layers)
    return Table(
        head=("Layer", "Parameters", "Share of the gradient", "For its size", "Weights moved by"),
        rows=tuple(
            (
                one.layer,
                f"{one.parameters:,}",
                _share(one.gradient_share),
                _for_its_size(one, whole),
                _share(one.weight_change),
            )
            for one in ledger.layers
        ),
        caption="Whose blame the mistakes were, and what moved",
        numeric=(1, 2, 3, 4),
    )


def _answer(ledger: CorrectionLedger) -> str:
    labelled = sum(one.rows for one in ledger.parts)
    if not ledger.mistakes:
        return f"There was nothing to correct: {_whose(ledger)} had all {labelled:,} labelled rows right."
    are = "is" if ledger.broken == 1 else "are"
    return (
        f"Of the {ledger.mistakes:,} mistakes that {_whose(ledger)} made in {labelled:,} labelled rows it sets "
        f"{ledger.fixed:,} right ({ledger.fixed / ledger.mistakes:.0%}) and leaves {ledger.still_wrong:,} wrong; "
        f"{ledger.broken:,} {_row_or_rows(ledger.broken)} that had been right {are} wrong now."
    )


def _whose(ledger: CorrectionLedger) -> str:
    return ledger.before if ledger.before_version is not None else "an answer that knows no feature"


def _row_or_rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _held_against(ledger: CorrectionLedger) -> list[str]:
    found = []
    if ledger.before_version is None:
        found.append(f"{ledger.before[:1].upper()}{ledger.before[1:]}.")
    if ledger.tolerance is not None:
        level = "that model was accepted at" if ledger.before_version is not None else "of such an answer"
        found.append(
            f"A number counts as a mistake where it is off by more than {ledger.tolerance:.4g}, twice the mean error "
            f"{level}."
        )
    return found


def _unseen(ledger: CorrectionLedger) -> list[str]:
    """What became of the mistakes that nothing was learnt from."""
    unseen = [one for one in ledger.parts if one.part != "train"]
    mistakes, fixed = sum(one.mistakes for one in unseen), sum(one.fixed for one in unseen)
    broken = sum(one.broken for one in unseen)
    if not mistakes:
        return []
    return [
        f"In rows that it did not learn from it sets {fixed:,} of {mistakes:,} mistakes right and breaks {broken:,} "
        f"{_row_or_rows(broken)}."
    ]


def _losses(ledger: CorrectionLedger) -> list[str]:
    if ledger.mean_loss_before is None or ledger.mean_loss_after is None:
        return []
    verb = "fell" if ledger.mean_loss_after < ledger.mean_loss_before else "rose"
    unit = "" if ledger.tolerance is not None else " nats"
    return [f"Their mean loss {verb} from {ledger.mean_loss_before:.3g} to {ledger.mean_loss_after:.3g}{unit}."]


def _blame(layers: Sequence[LayerBlame]) -> list[str]:
    blamed = [(one.gradient_share, one.layer) for one in layers if one.gradient_share is not None]
    moved = [(one.weight_change, one.layer) for one in layers if one.weight_change is not None]
    found = []
    if blamed:
        share, layer = max(blamed)
        found.append(f"The largest share of the mistakes' gradient, {share:.0%}, lay in the layer {layer}.")
    if not moved:
        return [*found, "How far the weights moved is unknown."]
    change, layer = max(moved)
    if change == 0.0:
        return [
            *found,
            "No weight moved: no epoch improved on the start, and only scale and calibration were refitted.",
        ]
    return [*found, f"The weights moved most in {layer}, by {change:.1%} of their size."]


def _tests(tests: CorrectionTests | None) -> list[str]:
    if tests is None:
        return []
    aside = f" {tests.set_aside:,} from before the change it was trained for were asked and do not count."
    if not tests.total:
        return ["No earlier correction was there to be asked." + (aside if tests.set_aside else "")]
    return [
        f"Of {tests.total:,} earlier corrections it keeps {tests.kept:,}, has {tests.forgotten:,} forgotten and "
        f"{tests.rebroken:,} broken again; against the model before it loses {tests.lost:,} and regains "
        f"{tests.regained:,}." + (aside if tests.set_aside else "")
    ]


def _influence(ledger: CorrectionLedger) -> str:
    if ledger.influence.startswith("unknown"):
        return f"Which training rows pushed is {ledger.influence}."
    return (
        f"What pushed was read by {ledger.influence}. It tells an order and no amounts, since it speaks of plain "
        "gradient descent."
    )


def _for_its_size(one: LayerBlame, whole: int) -> str:
    if one.gradient_share is None or not one.parameters:
        return UNKNOWN
    return f"{one.gradient_share / (one.parameters / whole):.2g}×"


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1%}"
