"""How the columns of a window are spread beside those of the reference: bins to be drawn, no statistics.

The drift report judges; this only shows. It costs some ten microseconds a column of a thousand rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from infra.domain.shapes import ColumnShape
from monitoring.profiles import CategoryProfile, NumberProfile, ReferenceProfile
from monitoring.tallies import CategoryTally, NumberTally, WindowTally

BINS = 24
MOST_NAMES = 12
OTHER = "(other)"
_WIDEST = 1e300
MOST_DRAWN = 20_000
"""Of more numbers a window's bins are counted among so many, drawn evenly."""
TAIL = 0.005
"""This share of either side at each end does not stretch the bins."""


def shapes_of(reference: ReferenceProfile, window: WindowTally) -> tuple[ColumnShape, ...]:
    """Every column that both have, in the order of the window; one without any value on a side is left out."""
    found: list[ColumnShape] = []
    for name, tally in window.columns.items():
        profile = reference.columns[name]
        if isinstance(profile, NumberProfile) and isinstance(tally, NumberTally):
            if profile.present and tally.present:
                found.append(_numbers(name, profile, tally))
        elif isinstance(profile, CategoryProfile) and isinstance(tally, CategoryTally):
            found.append(_categories(name, profile, tally))
    return tuple(found)


def _numbers(name: str, profile: NumberProfile, tally: NumberTally) -> ColumnShape:
    ranks = np.searchsorted(profile.reached, np.array([TAIL, 1.0 - TAIL]) * profile.present)
    low, high = (float(profile.values[min(rank, len(profile.values) - 1)]) for rank in ranks)
    drawn = np.sort(tally.drawn(MOST_DRAWN))
    if len(drawn):
        seen = (drawn[int(TAIL * len(drawn))], drawn[int((1.0 - TAIL) * len(drawn))])
    else:
        seen = (tally.lowest, tally.highest)
    low, high = min(low, float(seen[0])), max(high, float(seen[1]))
    edges = _edges(low, high)
    places = np.searchsorted(profile.values, edges[1:-1], side="right")
    before = np.concatenate(([0], profile.reached))[places]
    return ColumnShape(
        column=name,
        edges=tuple(float(f"{edge:.6g}") for edge in edges),
        reference=_between(before, profile.present),
        window=_between(
            np.searchsorted(drawn, edges[1:-1], side="right") if len(drawn) else tally.reached(edges[1:-1]),
            len(drawn) or tally.present,
        ),
        reference_missing=profile.missing + profile.unreadable,
        window_missing=tally.missing + tally.unreadable,
    )


def _edges(low: float, high: float) -> np.ndarray:
    """Of equal width; of one bin where there is no width, or more than a float holds."""
    if not 0.0 < high - low < _WIDEST:
        return np.array([low, high])
    return np.unique(np.linspace(low, high, BINS + 1))


def _between(reached: np.ndarray, present: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.diff(np.concatenate(([0], reached, [present]))))


def _categories(name: str, profile: CategoryProfile, tally: CategoryTally) -> ColumnShape:
    shares = {
        one: max(profile.counts.get(one, 0) / max(1, profile.rows), tally.counts.get(one, 0) / max(1, tally.rows))
        for one in {*profile.counts, *tally.counts}
    }
    order = sorted(shares, key=lambda one: (-shares[one], one))
    shown, rest = order[:MOST_NAMES], order[MOST_NAMES:]
    return ColumnShape(
        column=name,
        names=(*shown, *([OTHER] if rest else [])),
        reference=_counted(profile.counts, shown, rest),
        window=_counted(tally.counts, shown, rest),
        reference_missing=profile.missing,
        window_missing=tally.missing,
    )


def _counted(counts: Mapping[str, int], shown: Sequence[str], rest: Sequence[str]) -> tuple[int, ...]:
    found = [int(counts.get(one, 0)) for one in shown]
    return (*found, sum(int(counts.get(one, 0)) for one in rest)) if rest else tuple(found)
