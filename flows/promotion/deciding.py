"""The verdict about a candidate: every rule evaluated, every reason with its figure, at once."""

from __future__ import annotations

from flows.promotion.alpha import Allotment
from flows.promotion.better import better, enough_rows, golden
from flows.promotion.comparison import Comparison, Verdict
from flows.promotion.harm import calibrated, corrections_hold, few_negative_flips, slices_hold
from flows.promotion.load import load_rules
from flows.promotion.losses import Losses
from flows.promotion.pairs import difference_interval, headline, show, show_gain
from flows.promotion.waiting import second_chance, shadow_first
from infra.domain.decisions import Reason
from infra.spec import Promotion


def decide_promotion(
    comparison: Comparison, rules: Promotion, allotment: Allotment | None = None, *, shadow_rows: int = 0
) -> Verdict:
    """Judge a candidate; a first one, with no champion before it, has to beat nothing but chance of data.

    Every rule is evaluated, so that a rejection names all that is wrong at once. `allotment` is what the candidate
    may use up of the chance of a false promotion; None: all of it, as if it were the only one ever. `shadow_rows` is
    how many labelled rows it may be in shadow for, where the rules let it.
    """
    accepted = headline(comparison.candidate, comparison.task)
    baseline = _against_baseline(comparison)
    loaded = load_rules(comparison.load, rules)
    trusted = [] if comparison.golden is None else golden(comparison.golden, comparison.task)
    if comparison.champion is None:
        first = Reason(rule="first", passed=True, figure=accepted, limit=None, text="No champion was compared with it.")
        return _verdict([first, *trusted, *loaded], baseline, accepted, None)
    champion = comparison.champion
    proof = (
        shadow_first(comparison, champion, shadow_rows)
        if rules.shadow
        else [better(comparison, champion, rules, allotment)]
    )
    gates = [
        enough_rows(comparison),
        *proof,
        *trusted,
        *harmless(comparison, champion, rules),
        *loaded,
        *approved(rules, comparison.doubt),
    ]
    gates += second_chance(comparison, champion, gates, allotment, shadow_rows)
    return _verdict(gates, baseline, accepted, proof[0].figure)


def _verdict(gates: list[Reason], baseline: Reason, accepted: float, p_value: float | None) -> Verdict:
    promote = all(reason.passed for reason in gates)
    return Verdict(promote=promote, reasons=(*gates, baseline), accepted=accepted, p_value=p_value)


def harmless(comparison: Comparison, champion: Losses, rules: Promotion) -> list[Reason]:
    """What a better candidate may still do harm to."""
    return [
        few_negative_flips(comparison, champion, rules),
        *slices_hold(comparison, champion, rules),
        *calibrated(comparison, champion, rules),
        *corrections_hold(comparison.corrections, rules),
    ]


def approved(rules: Promotion, doubt: str) -> list[Reason]:
    """With `approval: manual` no candidate is promoted by itself, nor with `in_doubt` while labels look wrong; a person
    does it by `keepsharp promote`."""
    if rules.approval == "auto" or (rules.approval == "in_doubt" and not doubt):
        return []
    why = f"Labels are in doubt, and no trusted set speaks for it ({doubt.rstrip('.')}). " if doubt else ""
    text = (
        f"{why}A person has to approve it within {rules.approval_expires}: `keepsharp promote MODEL VERSION --reason "
        "TEXT` lets it serve."
    )
    return [Reason(rule="approval", passed=False, figure=None, limit=None, text=text)]


def _against_baseline(comparison: Comparison) -> Reason:
    """Said, not asked: the simple model may be as good, and then a person should know."""
    mine, simple = (headline(side, comparison.task) for side in (comparison.candidate, comparison.baseline))
    gain, low, high = difference_interval(comparison.baseline, comparison.candidate)
    if low > 0:
        verdict = "The network is better than the simple model"
    elif high < 0:
        verdict = "The simple model is better than the network"
    else:
        verdict = "The simple model is as good"
    text = (
        f"{verdict}: {show(mine, comparison.task)} against {show(simple, comparison.task)}, "
        f"a gain of {show_gain(gain, low, high, comparison.task)}."
    )
    return Reason(rule="baseline", passed=True, figure=gain, limit=None, text=text)
