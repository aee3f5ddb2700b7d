"""Cutting traffic into windows, and saying when the labels of one are due.

It knows arrivals and event times, and nothing of what is measured in a window, of clocks or of storage: the
caller gathers what arrived, these functions say what is closed. The same traffic gives the same windows
whenever it is cut, so a backfill repeats the live figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.domain.predictions import Answered
from infra.domain.stretches import Extent
from infra.domain.windows import Window
from infra.spec import ModelSpec

_ANCHOR = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday at midnight: hours, days and weeks cut from here fall on hours, midnights and Mondays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeBounds:
    """Event time [start, end) of a window that has closed, after `skipped` whole windows without any traffic."""

    start: datetime
    end: datetime
    skipped: int

    @property
    def note(self) -> str:
        """The gap before it in words, or nothing."""
        if not self.skipped:
            return ""
        length = self.end - self.start
        since = self.start - self.skipped * length
        return f"no traffic from {since.isoformat()} to {self.start.isoformat()} ({self.skipped} windows)"


def next_row_window(arrivals: Sequence[Answered], size: int) -> Sequence[Answered] | None:
    """The next `size` arrivals, or None while there are fewer.

    `arrivals` are those after the last closed window, in order of arrival; more than `size` may be given.
    """
    return arrivals[:size] if len(arrivals) >= size else None


def next_time_bounds(
    duration: timedelta, *, after: datetime | None, earliest: datetime | None, now: datetime
) -> TimeBounds | None:
    """The next window of `duration` that has closed and holds traffic, or None.

    `after` is the end of the last closed window (None: there is none yet). `earliest` is the earliest event
    time at or after `after` among what arrived (None: nothing did). A gap is stepped over at once and counted in
    `skipped`; it makes no empty windows. A window is closed when `now` has reached its end; a row that arrives
    later with a time inside it belongs to no window.
    """
    if earliest is None or (after is not None and earliest < after):
        return None
    start = _ANCHOR + (earliest - _ANCHOR) // duration * duration
    if after is not None and start < after:  # `after` is off the grid when the duration was changed
        start = after
    end = start + duration
    if now < end:
        return None
    skipped = 0 if after is None else (start - after) // duration
    return TimeBounds(start=start, end=end, skipped=skipped)


def window_of(
    rows: Sequence[Answered], *, model: str, index: int, bounds: TimeBounds | None = None, note: str = ""
) -> Window:
    """The provisional window that holds `rows` (at least one), with nothing measured yet.

    With `bounds` its start and end are theirs (`end` excluded); otherwise the earliest and the latest event time.
    """
    return window_holding(extent_of(rows), model=model, index=index, bounds=bounds, note=note)


def extent_of(rows: Sequence[Answered]) -> Extent:
    """What these rows (at least one) reach over."""
    times = [row.prediction.time for row in rows]
    seqs = [row.seq for row in rows]
    return Extent(
        rows=len(rows),
        first_seq=min(seqs),
        last_seq=max(seqs),
        start=min(times),
        end=max(times),
        versions=tuple(sorted({row.prediction.version for row in rows})),
    )


def window_holding(
    extent: Extent, *, model: str, index: int, bounds: TimeBounds | None = None, note: str = ""
) -> Window:
    """As `window_of`, of rows that were not read."""
    return Window(
        model=model,
        index=index,
        first_seq=extent.first_seq,
        last_seq=extent.last_seq,
        start=bounds.start if bounds else extent.start,
        end=bounds.end if bounds else extent.end,
        rows=extent.rows,
        versions=extent.versions,
        state="provisional",
        note=" ".join(filter(None, (bounds.note if bounds else "", note))),
    )


def labels_due(window: Window, spec: ModelSpec, *, now: datetime, arrived_after: int) -> bool:
    """Whether the labels of a window should all have come: the expected delay has passed after its end.

    `arrived_after` counts the predictions of the model that arrived after `window.last_seq`. It is a count and
    not a difference of places, because places may be shared with other models.
    """
    delay = spec.label_delay
    if delay.rows is not None:
        return arrived_after >= delay.rows
    assert delay.duration is not None
    return now >= window.end + delay.duration
