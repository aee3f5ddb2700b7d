"""A candidate in shadow: promoted as soon as matched labels say that it is better, dropped as soon as they say worse.

It and the champion are asked the same rows. The test may be looked at after every label (`monitoring.paired`), so that
nobody has to wait for a window to be full, and nothing is paid for looking often. The other rules are asked of the
same rows when it has won.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from flows.promotion.comparison import MINIMUM_ROWS, Comparison
from flows.promotion.deciding import approved, harmless
from flows.promotion.losses import Losses
from flows.promotion.pairs import headline, named, show
from flows.promotion.waiting import SHADOW, WORSE
from infra.domain.decisions import Reason
from infra.spec import Promotion
from monitoring.paired import anytime_p_value

Outcome = Literal["promote", "drop", "approval", "wait"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """promote · drop · approval (a person's word is missing) · wait; every reason, and the level that it reached."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    accepted: float
    p_value: float


def decide_trial(comparison: Comparison, scaled: Losses, rules: Promotion, *, alpha: float, most_rows: int) -> Trial:
    """What matched labels say by now.

    `scaled` are the champion's losses less the candidate's, as differences in -1..1, in the order in which the labels
    became known; `alpha` is what the candidate may use up of the chance of a false promotion.
    """
    assert comparison.champion is not None
    champion, rows = comparison.champion, len(comparison.candidate)
    accepted = headline(comparison.candidate, comparison.task) if rows else 0.0
    if rows < MINIMUM_ROWS:
        text = f"{rows} labels of rows that both answered have come; {MINIMUM_ROWS} are the least."
        few = Reason(rule=SHADOW, passed=False, figure=float(rows), limit=float(MINIMUM_ROWS), text=text)
        return Trial(outcome="wait", reasons=(few,), accepted=accepted, p_value=1.0)
    classes = comparison.task == "classification"
    p_better, p_worse = (anytime_p_value(side, classes=classes) for side in (scaled, -scaled))
    proof = _proof(comparison, champion, p_better, alpha)
    if proof.passed:
        gates = (proof, *harmless(comparison, champion, rules), *approved(rules, comparison.doubt))
        failed = {reason.rule for reason in gates if not reason.passed}
        outcome: Outcome = "promote" if not failed else "approval" if failed == {"approval"} else "drop"
        return Trial(outcome=outcome, reasons=gates, accepted=accepted, p_value=p_better)
    if p_worse <= WORSE:
        text = f"Labels show that it is worse than the champion (p = {p_worse:.2g} at any time, at {WORSE:g})."
        worse = Reason(rule="not_worse", passed=False, figure=p_worse, limit=WORSE, text=text)
        return Trial(outcome="drop", reasons=(proof, worse), accepted=accepted, p_value=p_better)
    if rows >= most_rows:
        text = f"After {rows} labelled rows nothing was shown: {most_rows} are the most."
        over = Reason(rule="time", passed=False, figure=float(rows), limit=float(most_rows), text=text)
        return Trial(outcome="drop", reasons=(proof, over), accepted=accepted, p_value=p_better)
    return Trial(outcome="wait", reasons=(proof,), accepted=accepted, p_value=p_better)


def out_of_time(trial: Trial, *, labels: int, begun: datetime, limit: timedelta) -> Trial:
    """The trial of a candidate that waited for as long as it may: it is dropped."""
    text = (
        f"In shadow since {begun:%Y-%m-%d %H:%M}, {labels} labels of rows that both answered have shown nothing: "
        f"{limit.total_seconds() / 86_400.0:.3g} days are the most (`promotion.shadow_expires`)."
    )
    over = Reason(rule="time", passed=False, figure=float(labels), limit=None, text=text)
    return replace(trial, outcome="drop", reasons=(*trial.reasons, over))


def scaled_differences(comparison: Comparison, unit: float) -> Losses:
    """The champion's losses less the candidate's in -1..1: absolute errors count up to four times `unit`."""
    assert comparison.champion is not None
    if comparison.task == "classification":
        return comparison.champion - comparison.candidate
    most = 4.0 * unit if unit > 0.0 else 1.0
    champion, candidate = (np.minimum(side / most, 1.0) for side in (comparison.champion, comparison.candidate))
    difference: Losses = champion - candidate
    return difference


def _proof(comparison: Comparison, champion: Losses, p_value: float, alpha: float) -> Reason:
    passed = p_value <= alpha
    mine, theirs = (show(headline(side, comparison.task), comparison.task) for side in (comparison.candidate, champion))
    text = (
        f"In shadow the candidate is {'better' if passed else 'not shown to be better'} than the champion: "
        f"{named(comparison.task)} {mine} against {theirs} on {len(champion)} labelled rows "
        f"(p = {p_value:.2g} at any time, at most {alpha:.2g} is asked)."
    )
    return Reason(rule=SHADOW, passed=passed, figure=p_value, limit=alpha, text=text)
