"""Is the candidate better where nobody was trained, and not worse where the truth is trusted?"""

from __future__ import annotations

from flows.promotion.alpha import Allotment
from flows.promotion.comparison import MINIMUM_ROWS, Comparison, Golden
from flows.promotion.losses import Losses
from flows.promotion.pairs import bootstrap_interval, headline, named, paired_p_value, show, show_gain
from infra.domain.decisions import Reason
from infra.spec import Promotion

GOLDEN_ALPHA = 0.05
"""At which the trusted set says that a candidate is worse: to be stopped for nothing costs less than to let it in."""
LEAST_GOLDEN = 30


def enough_rows(comparison: Comparison) -> Reason:
    """On few rows luck decides."""
    rows = len(comparison.candidate)
    text = f"It was judged on {rows} held-out rows; {MINIMUM_ROWS} are the least."
    return Reason(rule="enough_rows", passed=rows >= MINIMUM_ROWS, figure=rows, limit=MINIMUM_ROWS, text=text)


def better(comparison: Comparison, champion: Losses, rules: Promotion, allotment: Allotment | None) -> Reason:
    """Better than the champion on the newest mature rows, at what is left of the chance of a false promotion."""
    p_value = paired_p_value(champion, comparison.candidate)
    limit = 1.0 - rules.confidence if allotment is None else allotment.alpha
    mine, theirs = (headline(side, comparison.task) for side in (comparison.candidate, champion))
    outcome = "better" if p_value <= limit else "not shown to be better"
    asked = f"at most {limit:.2g} is asked" + (f" of {allotment.text}" if allotment is not None else "")
    text = (
        f"The candidate is {outcome} than the champion: {named(comparison.task)} {show(mine, comparison.task)} against "
        f"{show(theirs, comparison.task)} (p = {p_value:.2g}, {asked}); "
        f"a gain of {_gain(comparison.task, champion, comparison.candidate)}."
    )
    return Reason(rule="better", passed=p_value <= limit, figure=p_value, limit=limit, text=text)


def golden(found: Golden, task: str) -> list[Reason]:
    """Not worse on the trusted set beyond chance: fresh labels may be wrong, and these are not."""
    if found.champion is None:
        reached = f"{named(task)} {show(headline(found.candidate, task), task)} on {len(found.candidate)} rows"
        text = f"On the trusted set {found.name} it reaches {reached}; there is no champion to compare it with."
        return [Reason(rule="golden", passed=True, figure=headline(found.candidate, task), limit=None, text=text)]
    if len(found.candidate) < LEAST_GOLDEN:
        text = (
            f"The trusted set {found.name} has {len(found.candidate)} rows, too few to speak: {LEAST_GOLDEN} are the "
            "least."
        )
        return [Reason(rule="golden", passed=True, figure=None, limit=None, text=text)]
    p_value = paired_p_value(found.candidate, found.champion)
    passed = p_value > GOLDEN_ALPHA
    mine, theirs = (show(headline(side, task), task) for side in (found.candidate, found.champion))
    text = (
        f"On the trusted set {found.name} ({len(found.candidate)} rows) the candidate is "
        f"{'not worse beyond chance' if passed else 'worse'}: {named(task)} {mine} against {theirs} "
        f"(p = {p_value:.2g} that it is no worse, above {GOLDEN_ALPHA:g} is asked)."
    )
    if not passed:
        text += " Either fresh labels are wrong, or the trusted set is older than the world: look at both."
    return [Reason(rule="golden", passed=passed, figure=p_value, limit=GOLDEN_ALPHA, text=text)]


def _gain(task: str, champion: Losses, candidate: Losses) -> str:
    difference = champion - candidate
    return show_gain(float(difference.mean()), *bootstrap_interval(difference), task)
