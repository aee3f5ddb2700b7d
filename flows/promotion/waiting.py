"""Candidates that labels still to come decide about: those that run in shadow first, and those with a second chance."""

from __future__ import annotations

from collections.abc import Sequence

from flows.promotion.alpha import Allotment
from flows.promotion.comparison import Comparison
from flows.promotion.losses import Losses
from flows.promotion.pairs import headline, named, paired_p_value, show
from infra.domain.decisions import Reason

SHADOW = "shadow"
"""The rule under which a candidate runs in shadow."""
WORSE = 0.05
"""At which it is dropped: to go on looking for nothing costs more than to drop one that was as good."""


def shadow_first(comparison: Comparison, champion: Losses, shadow_rows: int) -> list[Reason]:
    """The reasons of a candidate that runs in shadow first: it may not be shown worse, and it is not done yet."""
    p_value = paired_p_value(comparison.candidate, champion)
    mine, theirs = (show(headline(side, comparison.task), comparison.task) for side in (comparison.candidate, champion))
    passed = p_value > WORSE
    text = (
        f"On the newest rows the candidate is {'not shown to be worse' if passed else 'worse'} than the champion: "
        f"{named(comparison.task)} {mine} against {theirs} (p = {p_value:.2g}, above {WORSE:g} is asked)."
    )
    return [Reason(rule="not_worse", passed=passed, figure=p_value, limit=WORSE, text=text), _waits(shadow_rows)]


def second_chance(
    comparison: Comparison, champion: Losses, gates: Sequence[Reason], allotment: Allotment | None, shadow_rows: int
) -> list[Reason]:
    """A candidate that failed at nothing but being shown better goes on in shadow, where something is left for it."""
    failed = {reason.rule for reason in gates if not reason.passed}
    if allotment is None or allotment.later <= 0.0 or failed - {"approval"} != {"better"}:
        return []
    return [_waits(shadow_rows)] if paired_p_value(comparison.candidate, champion) > WORSE else []


def _waits(shadow_rows: int) -> Reason:
    text = (
        "It answers in shadow: promoted as soon as labels show that it is better, dropped when they show that it is "
        f"worse, or after {shadow_rows} labelled rows."
    )
    return Reason(rule=SHADOW, passed=False, figure=None, limit=None, text=text)
