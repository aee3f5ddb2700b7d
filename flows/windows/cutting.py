"""The next window that is full or over, with its rows, read from what arrived. It knows nothing of what is in them.

Of a window of more rows than the desk holds at once so many are read,
drawn evenly over it; `flows.windows.counting` counts all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from flows.desk import Desk
from infra.domain.predictions import Answered
from infra.domain.stretches import Extent, Stretch
from infra.domain.windows import Window
from monitoring.windowing import TimeBounds, next_row_window, next_time_bounds, window_holding, window_of

_LOOK_BACK = 20
_PAGE = 1_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A closed window with its rows in order, and the window before it. `window.rows` is how many it has; where that
    is more than the desk holds, `rows` are drawn."""

    window: Window
    rows: Sequence[Answered]
    before: Window | None

    @property
    def is_drawn(self) -> bool:
        """Whether the rows are not all."""
        return self.window.rows > len(self.rows)


def next_cut(desk: Desk, *, now: datetime) -> Cut | None:
    """The next complete window after the last that was saved, or None."""
    model, size = desk.spec.model, desk.spec.monitoring.window
    last = desk.ports.windows.last(model)
    index = 0 if last is None else last.index + 1
    if size.rows is not None:
        seen = 0 if last is None else last.last_seq
        if size.rows > desk.most_held:
            return _large(desk, seen, size.rows, last)
        rows = next_row_window(desk.ports.predictions.after(model, seen, size.rows), size.rows)
        return None if rows is None else Cut(window=window_of(rows, model=model, index=index), rows=rows, before=last)
    assert size.duration is not None
    after = None if last is None else last.end
    bounds = next_time_bounds(size.duration, after=after, earliest=_earliest(desk, last), now=now)
    if bounds is None:
        return None
    return _in_bounds(desk, bounds, last)


def _large(desk: Desk, seen: int, size: int, last: Window | None) -> Cut | None:
    """The next `size` arrivals after place `seen`, not all read; None while there are fewer."""
    model, index = desk.spec.model, 0 if last is None else last.index + 1
    if desk.ports.predictions.count_after(model, seen) < size:
        return None
    extent = desk.ports.stretches.extent(Stretch(model=model, first_seq=seen + 1, last_seq=seen + size))
    if extent is None:
        return None
    window = window_holding(extent, model=model, index=index)
    return Cut(window=window, rows=rows_of(desk, window), before=last)


def _in_bounds(desk: Desk, bounds: TimeBounds, last: Window | None) -> Cut | None:
    """The window of these bounds, which hold traffic."""
    model, index = desk.spec.model, 0 if last is None else last.index + 1
    inside = Stretch(model=model, start=bounds.start, end=bounds.end)
    extent = desk.ports.stretches.extent(inside)
    if extent is None:
        return None
    note = _late_words(_late(desk, extent, last))
    window = window_holding(extent, model=model, index=index, bounds=bounds, note=note)
    return Cut(window=window, rows=rows_of(desk, window), before=last)


def stretch_of(desk: Desk, window: Window) -> Stretch:
    """Where the rows of a window are. Late rows belong to none."""
    places = Stretch(model=desk.spec.model, first_seq=window.first_seq, last_seq=window.last_seq)
    if desk.spec.monitoring.window.rows is not None:
        return places
    return replace(places, start=window.start, end=window.end)


def rows_of(desk: Desk, window: Window) -> list[Answered]:
    """The answered rows of a window, with the labels known by now; at most as many as the desk holds, drawn evenly.

    Late rows belong to none.
    """
    if window.rows > desk.most_held:
        return _drawn(desk, stretch_of(desk, window))
    if desk.spec.monitoring.window.rows is not None:
        return desk.ports.predictions.between(desk.spec.model, window.first_seq, window.last_seq)
    rows = desk.ports.predictions.in_time(desk.spec.model, window.start, window.end)
    return [row for row in rows if row.seq <= window.last_seq]


def _earliest(desk: Desk, last: Window | None) -> datetime | None:
    """The earliest event time that no window has covered, without reading all that arrived.

    The first arrival after the last window that is not late is a bound; only what lies before it is read as well.
    """
    model, predictions = desk.spec.model, desk.ports.predictions
    span = predictions.time_range(model)
    if span is None or last is None:
        return None if span is None else span[0]
    bound, seq = span[1], last.last_seq
    while page := predictions.after(model, seq, _PAGE):
        times = [row.prediction.time for row in page if row.prediction.time >= last.end]
        if times:
            bound = min(times)
            break
        seq = page[-1].seq
    early = desk.ports.stretches.extent(Stretch(model=model, start=last.end, end=bound + _INSTANT))
    return None if early is None else early.start


def _drawn(desk: Desk, stretch: Stretch) -> list[Answered]:
    assert stretch.first_seq is not None
    assert stretch.last_seq is not None
    places = np.unique(np.linspace(stretch.first_seq, stretch.last_seq, desk.most_held).round().astype(np.int64))
    rows = desk.ports.stretches.at(stretch.model, places.tolist())
    if stretch.start is None or stretch.end is None:
        return rows
    inside = [row for row in rows if stretch.start <= row.prediction.time < stretch.end]
    return sorted(inside, key=lambda row: row.prediction.time)


def _late(desk: Desk, extent: Extent, last: Window | None) -> Extent | None:
    """Rows that arrived since the last window closed, with a time inside a window that was closed by then."""
    if last is None:
        return None
    model = desk.spec.model
    seen = max(window.last_seq for window in desk.ports.windows.page(model, _LOOK_BACK))
    if extent.first_seq > seen and extent.rows == extent.last_seq - seen:  # all that arrived since lies inside
        return None
    return desk.ports.stretches.extent(Stretch(model=model, first_seq=seen + 1, last_seq=extent.last_seq, end=last.end))


def _late_words(late: Extent | None) -> str:
    if late is None:
        return ""
    return (
        f"{late.rows} late rows, of {late.start.isoformat()} to {late.end.isoformat()}, arrived after their window "
        "was closed and are in none"
    )
