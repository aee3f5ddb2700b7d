"""Groups of rows that are answered worse than the others, found by themselves and confirmed on later rows.

One window is searched over single columns and pairs (Chung et al. 2019, "Slice Finder"), with false discoveries
controlled over everything that was looked at (Benjamini and Hochberg 1995). What is found waits: only rows that came
later, which had no part in finding it, can confirm it. It knows nothing of storage or alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

from infra.domain.windows import WeakSlice
from infra.spec import ModelSpec
from monitoring.slice_conditions import Bools, Condition, read_conditions, rows_where

MINIMUM_ROWS = 30
MINIMUM_POINTS = 0.05
"""Accuracy that a slice must lack against the other rows."""
MINIMUM_RISE = 0.25
"""How much larger, relatively, the MAE of a slice must be than that of the other rows."""
SEARCH_RATE = 0.2
"""False discovery rate of the search; what it lets through has yet to be confirmed."""
MOST_WAITING = 5
MOST_ALIKE = 0.5
"""Of two slices that share more of their rows than this (Jaccard), the more significant one is kept."""
SAYS_MORE = 0.05
"""A pair must be worse than the rest of each of its conditions at this level, shared out over all conditions; if not
it is no candidate, but counts as looked at."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Searched:
    """Labelled rows of one window: features (pictures by their figures), and the loss of each row, in their order."""

    frame: pd.DataFrame
    losses: Floats
    spec: ModelSpec


def weak_slices(
    earlier: Sequence[WeakSlice], fresh: Searched, conditions: Sequence[Condition]
) -> tuple[WeakSlice, ...]:
    """What is weak in a window: confirmed slices first, then those that wait for the next window.

    Args:
        earlier: those of the window before, answered by the same version; its rows must not be among `fresh`.
        fresh: the labelled rows of this window.
        conditions: what rows can be divided by, from the reference.

    A slice of `earlier` that is weak in the fresh rows is confirmed, one with too few of them waits on if it was
    waiting, and any other is forgotten.
    """
    if len(fresh.losses) < 2 * MINIMUM_ROWS:
        return tuple(one for one in earlier if not one.confirmed)
    kept = _confirm(earlier, fresh)
    taken = [rows_where(read_conditions(one.where), fresh.frame) for one in kept]
    return (*kept, *_search(fresh, conditions, taken, room=MOST_WAITING - sum(not one.confirmed for one in kept)))


def _confirm(earlier: Sequence[WeakSlice], fresh: Searched) -> list[WeakSlice]:
    """Tested at alpha shared out over all of them (Bonferroni)."""
    level = fresh.spec.monitoring.alpha / max(1, len(earlier))
    found, waiting = [], []
    for one in earlier:
        held = rows_where(read_conditions(one.where), fresh.frame)
        rows = int(held.sum())
        if min(rows, len(held) - rows) < MINIMUM_ROWS:
            waiting += [one] if rows and not one.confirmed else []
            continue
        p_value = float(_p_values(fresh, held[None, :].astype(np.float64))[0])
        if p_value <= level and _is_weak(fresh, held):
            found.append(_described(one.where, fresh, held, p_value, confirmed=True))
    return found + waiting


def _search(fresh: Searched, conditions: Sequence[Condition], taken: list[Bools], room: int) -> list[WeakSlice]:
    """The most significant slices that pass, apart from each other and from `taken`; waiting, not confirmed."""
    holds = np.array([condition.holds(fresh.frame) for condition in conditions], dtype=np.float64)  # conditions × n
    if not len(holds) or room < 1:
        return []
    with threadpool_limits(1):  # on busy machines the threads of such small products wait for each other
        first, second, looked_at = _candidates(fresh, holds)
    p_values = _p_values(fresh, holds[first] * holds[second])
    order = np.lexsort((first != second, p_values))  # of two equally unlikely ones the simpler
    passing = _discovered(p_values[order], looked_at)
    found: list[WeakSlice] = []
    for place in order[:passing]:
        held = (holds[first[place]] * holds[second[place]]) > 0.0
        if len(found) < room and all(_alike(held, other) <= MOST_ALIKE for other in taken):
            named = {str(conditions[k]): None for k in (first[place], second[place])}
            found.append(_described(" and ".join(named), fresh, held, float(p_values[place]), confirmed=False))
            taken = [*taken, held]
    return found


def _candidates(fresh: Searched, holds: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Pairs of conditions (a single one is paired with itself) worth a test, and how many there were to look at."""
    total, scores = len(fresh.losses), _scores(fresh)
    sizes, sums = holds @ holds.T, (holds * fresh.losses) @ holds.T  # conditions × conditions
    inside = sums / np.maximum(sizes, 1.0)
    outside = (fresh.losses.sum() - sums) / np.maximum(total - sizes, 1.0)
    counted = np.triu((sizes >= MINIMUM_ROWS) & (total - sizes >= MINIMUM_ROWS))
    more = _says_more(sizes, (holds * scores) @ holds.T, float(scores.std()))
    first, second = np.nonzero(counted & more & more.T & _weaker(inside, outside, fresh.spec))
    return first, second, int(counted.sum())


def _says_more(sizes: Floats, sums: Floats, spread: float) -> Bools:
    """Whether the rows of a pair (i, j) are worse than the others of i alone; True for a single one, where i is j.

    Else a weak group would be reported with some condition that has nothing to do with it.
    """
    others = np.diag(sizes)[:, None] - sizes
    gap = sums / np.maximum(sizes, 1.0) - (np.diag(sums)[:, None] - sums) / np.maximum(others, 1.0)
    error = spread * np.sqrt(1.0 / np.maximum(sizes, 1.0) + 1.0 / np.maximum(others, 1.0))
    more: Bools = (others >= 1.0) & (gap > float(stats.norm.isf(SAYS_MORE / len(sizes))) * error)
    return more | np.eye(len(sizes), dtype=bool)


def _scores(fresh: Searched) -> Floats:
    """What the test sums up: errors, or for numbers the ranks of their errors, which no wild one can carry."""
    ranked: Floats = fresh.losses if fresh.spec.task == "classification" else stats.rankdata(fresh.losses)
    return ranked


def _p_values(fresh: Searched, holds: Floats) -> Floats:
    """One-sided, of k slices (k × n): more errors than by chance (Fisher 1935), or larger ones (Wilcoxon 1945)."""
    scores, sizes, total = _scores(fresh), holds.sum(axis=1), len(fresh.losses)
    sums = holds @ scores
    if fresh.spec.task == "classification":
        tails: Floats = stats.hypergeom.sf(sums - 1.0, total, round(scores.sum()), sizes)
        return tails
    spread = scores.std() * np.sqrt(sizes * (total - sizes) / (total - 1))
    upper: Floats = stats.norm.sf((sums - sizes * scores.mean()) / np.where(spread > 0.0, spread, np.inf))
    return upper


def _discovered(ascending: Floats, looked_at: int) -> int:
    """How many of the smallest p-values pass, of `looked_at` tests in all (Benjamini and Hochberg 1995)."""
    passing = np.nonzero(ascending <= SEARCH_RATE * np.arange(1, len(ascending) + 1) / max(1, looked_at))[0]
    return int(passing[-1]) + 1 if len(passing) else 0


def _weaker(inside: Floats, outside: Floats, spec: ModelSpec) -> Bools:
    weak: Bools = (
        inside - outside >= MINIMUM_POINTS
        if spec.task == "classification"
        else inside >= (1.0 + MINIMUM_RISE) * outside
    )
    return weak


def _is_weak(fresh: Searched, held: Bools) -> bool:
    inside, outside = fresh.losses[held].mean(keepdims=True), fresh.losses[~held].mean(keepdims=True)
    return bool(_weaker(inside, outside, fresh.spec)[0])


def _alike(one: Bools, other: Bools) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def _described(where: str, fresh: Searched, held: Bools, p_value: float, *, confirmed: bool) -> WeakSlice:
    inside, outside = float(fresh.losses[held].mean()), float(fresh.losses[~held].mean())
    share = fresh.spec.task == "classification"
    return WeakSlice(
        where=where,
        rows=int(held.sum()),
        score=1.0 - inside if share else inside,
        elsewhere=1.0 - outside if share else outside,
        p_value=p_value,
        confirmed=confirmed,
    )
