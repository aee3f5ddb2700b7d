"""Stretches of a yes/no sequence in which `yes` is far more frequent than before: where each began and where it ended.

A cumulative sum of log likelihood ratios finds the beginning, another one the way back (Page 1954). It knows nothing
of labels: the caller says what `yes` means, and what a stretch is taken for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

JUMP = 0.2
"""The rise of the share that it is tuned to find."""
BEGINNING, END = log(1e5), log(100.0)
"""How much likelier the jump has to be than the usual share before a stretch begins, and the reverse before it ends."""
PRIOR_WEIGHT = 30.0
"""How many observations the share that is known beforehand counts for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Observations `start` up to `stop`, as slicing counts. `usual` is the share of `yes` before it."""

    start: int
    stop: int
    usual: float


def find_stretches(happened: Sequence[bool], *, known_share: float) -> tuple[Stretch, ...]:
    """The stretches, in order; the last may reach to the end of the sequence. `known_share` (0..1) is the usual share
    as far as it is known before the first observation.

    >>> [(one.start, one.stop) for one in find_stretches([False] * 60 + [True] * 20 + [False] * 60, known_share=0.05)]
    [(60, 80)]
    """
    found: list[Stretch] = []
    start = 0
    yes, seen = PRIOR_WEIGHT * known_share, PRIOR_WEIGHT
    while (stretch := _next(happened, start, yes, seen)) is not None:
        found.append(stretch)
        yes, seen = PRIOR_WEIGHT * stretch.usual, PRIOR_WEIGHT
        start = stretch.stop
    return tuple(found)


def _next(happened: Sequence[bool], start: int, yes: float, seen: float) -> Stretch | None:
    """The first stretch that begins at `start` or later. The usual share is learnt up to where the sum last was 0."""
    total, began = 0.0, start
    usual = _usual(yes, seen)
    for place in range(start, len(happened)):
        total += _ratio(happened[place], usual)
        if total <= 0.0:
            yes += sum(happened[began : place + 1])
            seen += place + 1 - began
            usual = _usual(yes, seen)
            total, began = 0.0, place + 1
        elif total >= BEGINNING:
            return Stretch(start=began, stop=_way_back(happened, place + 1, usual), usual=usual)
    return None


def _way_back(happened: Sequence[bool], start: int, usual: float) -> int:
    """Where the usual share came back; the end where it has not."""
    total, began = 0.0, start
    for place in range(start, len(happened)):
        total -= _ratio(happened[place], usual)
        if total <= 0.0:
            total, began = 0.0, place + 1
        elif total >= END:
            return began
    return len(happened)


def _usual(yes: float, seen: float) -> float:
    return min(max(yes / seen, 0.005), 0.7)


def _ratio(happened: bool, usual: float) -> float:
    """The log likelihood ratio of the jump against the usual share."""
    raised = usual + JUMP
    return log(raised / usual) if happened else log((1.0 - raised) / (1.0 - usual))
