"""The next window that is full or over, with its rows, read from what arrived. It knows nothing of what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.desk import Desk
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.windowing import next_row_window, next_time_bounds, window_of

_LOOK_BACK = 20
_PAGE = 1_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A closed window with its rows in order, and the window before it."""

    window: Window
    rows: Sequence[Answered]
    before: Window | None


def next_cut(desk: Desk, *, now: datetime) -> Cut | None:
    """The next complete window after the last that was saved, or None."""
    model, size = desk.spec.model, desk.spec.monitoring.window
    last = desk.ports.windows.last(model)
    index = 0 if last is None else last.index + 1
    if size.rows is not None:
        arrivals = desk.ports.predictions.after(model, 0 if last is None else last.last_seq, size.rows)
        rows = next_row_window(arrivals, size.rows)
        return None if rows is None else Cut(window=window_of(rows, model=model, index=index), rows=rows, before=last)
    assert size.duration is not None
    after = None if last is None else last.end
    bounds = next_time_bounds(size.duration, after=after, earliest=_earliest(desk, last), now=now)
    if bounds is None:
        return None
    rows = desk.ports.predictions.in_time(model, bounds.start, bounds.end)
    note = _late_words(_late(desk, rows, last))
    return Cut(window=window_of(rows, model=model, index=index, bounds=bounds, note=note), rows=rows, before=last)


def rows_of(desk: Desk, window: Window) -> list[Answered]:
    """The answered rows of a window, with the labels known by now. Late rows belong to none."""
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
    early = predictions.in_time(model, last.end, bound + _INSTANT)
    return early[0].prediction.time if early else None


def _late(desk: Desk, rows: Sequence[Answered], last: Window | None) -> Sequence[Answered]:
    """Rows that arrived since the last window closed, with a time inside a window that was closed by then."""
    if last is None:
        return []
    model, predictions = desk.spec.model, desk.ports.predictions
    seen = max(window.last_seq for window in desk.ports.windows.page(model, _LOOK_BACK))
    newest = max(row.seq for row in rows)
    arrived = predictions.count_after(model, seen) - predictions.count_after(model, newest)
    if arrived <= sum(row.seq > seen for row in rows):
        return []
    return [row for row in predictions.between(model, seen + 1, newest) if row.prediction.time < last.end]


def _late_words(late: Sequence[Answered]) -> str:
    if not late:
        return ""
    times = [row.prediction.time for row in late]
    return (
        f"{len(late)} late rows, of {min(times).isoformat()} to {max(times).isoformat()}, arrived after their window "
        "was closed and are in none"
    )
