"""How many of a ledger's rows are explained where the training was too short to be worth explaining them all.

Every chosen row is kept with what both models made of it; what moved and who pushed it costs more, and is found of as
many as a share of the training's own seconds has room for. What one takes is found by explaining the least. It knows
nothing of how rows are chosen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from flows.training.corrections.case import Case, Labelled
from flows.training.corrections.keeping import keep_whole, plain_row
from infra.domain.corrections import CorrectedRow

SHARE = 0.3
"""Most that a ledger may take, of the seconds that the training took; the least are explained all the same."""
LEAST_MISTAKES, LEAST_FLIPS = 8, 2
clock = time.thread_time


def keep_affordable(
    case: Case, labelled: Labelled, mistakes: Sequence[int], flips: Sequence[int], *, spent_seconds: float
) -> tuple[tuple[CorrectedRow, ...], str, str]:
    """(every row, where pushers were read from, how many are explained where not all are).

    `mistakes` and `flips` are places, the most telling first; of each the first are explained. `spent_seconds` went
    into reading the rows, and count.
    """
    everything = [*mistakes, *flips]
    explained, influence = _explained(case, labelled, mistakes, flips, spent_seconds)
    rows = tuple(
        replace(explained[place], place=number) if place in explained else plain_row(case, labelled, place, number)
        for number, place in enumerate(everything, start=1)
    )
    if len(explained) == len(rows):
        return rows, influence, ""
    cut = (
        f"; what moved and pushed is told of {len(explained)} of these {len(rows)}, since to find it of all would have "
        f"taken over {SHARE:.0%} of what the training took"
    )
    return rows, influence, cut


def _explained(
    case: Case, labelled: Labelled, mistakes: Sequence[int], flips: Sequence[int], spent_seconds: float
) -> tuple[dict[int, CorrectedRow], str]:
    """As many as there is room for, by their places."""
    everything, budget = [*mistakes, *flips], case.budget_seconds
    least = [*mistakes[:LEAST_MISTAKES], *flips[:LEAST_FLIPS]]
    if budget is None or len(least) == len(everything):
        return _whole(case, labelled, everything)
    began = clock()
    found = _whole(case, labelled, least)
    took = clock() - began
    room = (budget - spent_seconds - took) / max(took, 1e-9) * len(least)
    if room <= len(least):
        return found
    share = min(1.0, room / len(everything))
    more = [*mistakes[: _of(share, mistakes, LEAST_MISTAKES)], *flips[: _of(share, flips, LEAST_FLIPS)]]
    return _whole(case, labelled, more)


def _whole(case: Case, labelled: Labelled, places: Sequence[int]) -> tuple[dict[int, CorrectedRow], str]:
    rows, influence = keep_whole(case, labelled, places)
    return dict(zip(places, rows, strict=True)), influence


def _of(share: float, places: Sequence[int], least: int) -> int:
    return max(least, int(share * len(places)))
