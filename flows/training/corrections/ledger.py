"""The correction ledger of one run: every mistake of the model before counted, the most telling kept whole.

It puts the parts together, and says in words what was looked at and what was not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.training.corrections import telling
from flows.training.corrections.affording import clock, keep_affordable
from flows.training.corrections.blame import layers_blamed, squared_gradients
from flows.training.corrections.case import Case, Labelled, read_case
from flows.training.corrections.pushing import encoded_target
from flows.training.corrections.readings import Floats, turned_shares
from infra.domain.corrections import CorrectedRow, CorrectionLedger, LayerBlame, Part, PartCounts
from infra.domain.values import Answer
from monitoring.drawing import even_places

MOST_BLAMED = 4_096
"""Mistakes that the gradient is taken over; of more, these many evenly spaced ones."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The ledger, its kept rows, and how often rows that were right turned wrong, by tenths of confidence."""

    ledger: CorrectionLedger
    rows: tuple[CorrectedRow, ...]
    turned: Floats | None = None


def examine(case: Case) -> Examined:
    """Keep the ledger of a run.

    Raises:
        DataError: a row that one of the models cannot read.
    """
    began = clock()
    labelled = read_case(case)
    mistakes, layers = labelled.mistakes, _layers(case, labelled)
    chosen = _choose(case, labelled, mistakes, telling.KEPT_MISTAKES)
    flips = _choose(case, labelled, labelled.flips, telling.KEPT_FLIPS)
    rows, influence, cut = keep_affordable(case, labelled, chosen, flips, spent_seconds=clock() - began)
    ledger = CorrectionLedger(
        run_id=case.run_id,
        model=case.spec.model,
        at=case.at,
        before=_before_in_words(case, labelled.before.answers),
        before_version=case.before_version,
        parts=tuple(_counts(labelled, part) for part in case.parts),
        layers=layers,
        mean_loss_before=float(labelled.before.loss[mistakes].mean()) if len(mistakes) else None,
        mean_loss_after=float(labelled.after.loss[mistakes].mean()) if len(mistakes) else None,
        kept=len(rows),
        rule=telling.RULE + cut + _drawn(case),
        influence=influence,
        tolerance=case.tolerance,
    )
    return Examined(ledger=ledger, rows=rows, turned=turned_shares(labelled.before, labelled.after))


def _drawn(case: Case) -> str:
    if case.drawn_of is None:
        return ""
    return f"; {len(case.parts['train']):,} of {case.drawn_of:,} training rows, drawn evenly, were looked at"


def _before_in_words(case: Case, answers: tuple[Answer, ...]) -> str:
    if case.before is not None:
        return f"version {case.before_version}"
    if case.spec.task == "regression":
        return f"no model served before: an answer that is always the mean of the training rows, {answers[0]:.6g}"
    return f"no model served before: an answer that knows only how frequent each class is, always {answers[0]}"


def _counts(labelled: Labelled, part: Part) -> PartCounts:
    here = labelled.part == part
    mistakes, wrong = here & labelled.before.wrong, here & labelled.after.wrong
    still = int((mistakes & wrong).sum())
    return PartCounts(
        part=part,
        rows=int(here.sum()),
        mistakes=int(mistakes.sum()),
        fixed=int(mistakes.sum()) - still,
        still_wrong=still,
        broken=int((wrong & ~mistakes).sum()),
    )


def _layers(case: Case, labelled: Labelled) -> tuple[LayerBlame, ...]:
    """The blame at the weights of the model before, or at those the training began with where there was none."""
    start, after = case.trajectory.start, case.after
    blamed = case.before or after
    weights = None if case.before is not None else start
    if case.before is None and start is None:
        return layers_blamed(after.network, None, None)
    places = labelled.mistakes[even_places(len(labelled.mistakes), MOST_BLAMED)]
    truth = encoded_target(blamed, [labelled.rows.target[place] for place in places])
    known = truth >= 0 if blamed.classes is not None else truth == truth
    frame = labelled.frame if blamed.schema.kinds == after.schema.kinds else None
    block = blamed.schema.encode(labelled.rows.take(places).frame if frame is None else frame.take(places))
    gradient = squared_gradients(blamed.network, block[known.numpy()], truth[known], weights)
    return layers_blamed(after.network, gradient, start)


def _choose(case: Case, labelled: Labelled, places: npt.NDArray[np.int64], most: int) -> list[int]:
    """The most telling of these places."""
    if not len(places):
        return []
    rows, before, after = labelled.rows.take(places), labelled.before, labelled.after
    sure = np.zeros(len(places), dtype=np.bool_)
    if before.confidence is not None:
        sure = before.confidence[places] >= telling.SURE
    truth = rows.target if case.spec.task == "classification" else [""] * len(rows)
    slices = rows.columns(case.spec.data.slices).values()
    block = case.after.schema.encode(labelled.frame.take(places))
    chosen = telling.most_telling(
        sure=sure,
        change=after.loss[places] - before.loss[places],
        groups=list(zip(after.wrong[places].tolist(), map(str, truth), *slices, strict=True)),
        copies=[row.tobytes() for row in block],
        most=most,
    )
    return [int(place) for place in places[chosen]]
