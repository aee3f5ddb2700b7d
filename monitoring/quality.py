"""What is wrong with the data of a window itself, beyond what the reference already had.

A finding needs a share worth noting AND a chance below alpha, shared over all questions that are asked of a window, so
that clean windows are silent; a serious one is larger still. It knows nothing of accuracy. When rows arrived is not
known here: that timestamps stand still is seen against the window before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import sqrt

from scipy import stats

from infra.domain.windows import QualityFinding
from monitoring.category_counts import is_number_text
from monitoring.profiles import FAR_WIDTHS, CategoryProfile, NumberProfile, ReferenceProfile
from monitoring.tallies import CategoryTally, NumberTally, WindowTally

FLOOR = 0.01
"""Share of the rows below which nothing is reported."""
REPEAT_FLOOR = 0.05
SERIOUS_MISSING, SERIOUS_REPEATS = 0.05, 0.2
"""Rise of a share from which a finding is serious."""
SERIOUS_VALUES = 0.02
"""Share of values that are no numbers, or far outside the range, from which that is serious."""
SERIOUS_VARIETY = 0.1
"""Share of the reference that differs from what a column is stuck at, from which that is serious."""
LEAST_TIMES = 10
"""Different times in the window before, from which it is serious that time stands still: coarser ones do by nature."""
_RUNS = 2
"""A column is stuck when it stands still for so many times the longest run of the reference."""
_QUESTIONS = 4
"""Asked of each column."""
_OTHER_WAY = 0.5
"""Change in the share of categories that are written as numbers that makes them another type."""


def quality_findings(
    reference: ReferenceProfile, window: WindowTally, *, alpha: float, minimum_rows: int = 30
) -> tuple[QualityFinding, ...]:
    """Missing values, new categories, values out of range, types, constant columns and repeated rows.

    In the order of the columns; nothing in a window smaller than `minimum_rows`.
    """
    if window.rows < minimum_rows or reference.rows < minimum_rows:
        return ()
    level = alpha / max(1, _QUESTIONS * len(window.columns) + 1)
    findings: list[QualityFinding] = []
    for name, after in window.columns.items():
        before, run = reference.columns[name], reference.runs.get(name, 0)
        findings += _missing(name, before.missing, before.rows, after, level)
        if isinstance(before, NumberProfile) and isinstance(after, NumberTally):
            findings += _of_numbers(name, before, after, level, run)
        elif isinstance(before, CategoryProfile) and isinstance(after, CategoryTally):
            findings += _of_categories(name, before, after, level, run)
    return (*findings, *_repeats(reference, window, level))


def stale_finding(*, rows: int, end: datetime, end_before: datetime) -> QualityFinding | None:
    """What a window of `rows` arrivals says when its latest event time is not after that of the window before."""
    if end > end_before:
        return None
    text = f"{rows} rows arrived and none is newer than {end_before.isoformat()}: timestamps do not advance"
    return QualityFinding(column=None, kind="stale", share=1.0, text=text)


def _missing(
    name: str, missing: int, rows: int, after: NumberTally | CategoryTally, level: float
) -> Iterator[QualityFinding]:
    share, usual = after.missing / after.rows, missing / rows
    if share - usual < FLOOR:
        return
    # Fisher's exact test, one-sided: how the missing ones would fall into the two samples by chance
    chance = stats.hypergeom.sf(after.missing - 1, rows + after.rows, missing + after.missing, after.rows)
    if chance <= level:
        text = f"{name}: {share:.1%} of the values are missing, {usual:.1%} in the reference"
        serious = share - usual >= SERIOUS_MISSING
        yield QualityFinding(column=name, kind="missing", share=share, text=text, serious=serious)


def _of_numbers(
    name: str, before: NumberProfile, after: NumberTally, level: float, run: int
) -> Iterator[QualityFinding]:
    if after.unreadable and not before.unreadable:
        share = after.unreadable / after.rows
        text = f"{name}: {after.unreadable} of {after.rows} values are no numbers; the reference has numbers only"
        chance = stats.hypergeom.sf(after.unreadable - 1, before.rows + after.rows, after.unreadable, after.rows)
        serious = share >= SERIOUS_VALUES and bool(chance <= level)
        yield QualityFinding(column=name, kind="type", share=share, text=text, serious=serious)
    if not after.present or not before.present:
        return
    outside = after.outside
    share = outside / after.rows
    # the share of a population beyond both extremes of n rows is Beta(2, n - 1), whatever the distribution
    if share >= FLOOR and stats.betabinom.sf(outside - 1, after.present, 2, max(1, before.present - 1)) <= level:
        low, high = float(before.values[0]), float(before.values[-1])
        text = f"{name}: {share:.1%} of the values lie outside {low:.6g} to {high:.6g}, the range of the reference"
        spread = after.highest - after.lowest  # a counter walks far in the end, and no window of it is wide
        serious = after.far / after.rows >= SERIOUS_VALUES and spread > FAR_WIDTHS * (high - low)
        if serious:
            farthest = after.lowest if low - after.lowest > after.highest - high else after.highest
            text += f", and reach {farthest:.6g}, as if in another unit or no measurement"
        yield QualityFinding(column=name, kind="range", share=share, text=text, serious=serious)
    if after.lowest == after.highest and len(before.values) > 1 and after.present >= _RUNS * run:
        times = before.reached - before.below
        if (float(times.max()) / before.present) ** after.present <= level:
            text = f"{name}: every value is {after.lowest:.6g}; the reference has {len(before.values)} values"
            same = float(times[before.values == after.lowest].sum()) / before.present
            serious, share = 1.0 - same >= SERIOUS_VARIETY, after.present / after.rows
            yield QualityFinding(column=name, kind="constant", share=share, text=text, serious=serious)


def _of_categories(
    name: str, before: CategoryProfile, after: CategoryTally, level: float, run: int
) -> Iterator[QualityFinding]:
    present, known = after.rows - after.missing, before.rows - before.missing
    if not present or not known:
        return
    now, then = after.number_share, _number_share(before.counts)
    if abs(now - then) > _OTHER_WAY:
        text = f"{name}: {now:.0%} of the categories are numbers, {then:.0%} in the reference"
        yield QualityFinding(column=name, kind="type", share=abs(now - then), text=text)
    new = [category for category in after.counts if category not in before.counts]
    unseen = sum(after.counts[category] for category in new)
    once = sum(count == 1 for count in before.counts.values())
    # what n rows have not shown has about the share of what they have shown once (Good 1953), give or take its root
    unshown = once + 1.0 + 2.0 * sqrt(once + 1.0)
    share, rest = unseen / after.rows, max(1.0, known - once)
    if share >= FLOOR and stats.betabinom.sf(unseen - 1, present, unshown, rest) <= level:
        names = ", ".join(sorted(new, key=lambda category: (-after.counts[category], category))[:5])
        text = f"{name}: {share:.1%} of the values are categories that the reference never had ({names})"
        yield QualityFinding(column=name, kind="new_categories", share=share, text=text)
    stuck = len(after.counts) == 1 and len(before.counts) > 1 and present >= _RUNS * run
    if stuck and (max(before.counts.values()) / known) ** present <= level:
        only = next(iter(after.counts))
        text = f"{name}: every value is {only}; the reference has {len(before.counts)} categories"
        serious = 0 < before.counts.get(only, 0) <= (1.0 - SERIOUS_VARIETY) * known  # never seen: it is a new category
        yield QualityFinding(column=name, kind="constant", share=present / after.rows, text=text, serious=serious)


def _number_share(counts: Mapping[str, int]) -> float:
    """Share of the rows whose category is written as a number."""
    numbers = sum(count for category, count in counts.items() if is_number_text(category))
    return numbers / max(1, sum(counts.values()))


def _repeats(reference: ReferenceProfile, window: WindowTally, level: float) -> Iterator[QualityFinding]:
    if not window.hashed:
        return
    share = window.repeats / window.hashed
    chance = stats.binom.sf(window.repeats - 1, window.hashed, max(reference.repeats, 1.0 / reference.rows))
    if share - reference.repeats >= REPEAT_FLOOR and chance <= level:
        text = f"{share:.1%} of the rows repeat one shortly before, {reference.repeats:.1%} in the reference"
        serious = share - reference.repeats >= SERIOUS_REPEATS
        yield QualityFinding(column=None, kind="duplicates", share=share, text=text, serious=serious)
