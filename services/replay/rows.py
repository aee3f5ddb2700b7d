"""A history as traffic: rows with ids, and which labels have come by a moment."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from infra.domain.errors import DataError
from infra.domain.values import Answer, Feature
from infra.history.history import History
from infra.spec import Span
from infra.spec.watching import Monitoring
from services.replay.traffic import Row

MOST_ROWS_A_REQUEST = 500


def rows_of(history: History, start: int) -> list[Row]:
    """The rows of a history from `start` on, in time order, with their truths."""
    records = history.frame.iloc[start:].to_dict(orient="records")
    return [
        Row(
            id=f"{start + offset}",
            time=history.times[start + offset],
            features={str(name): plain(value) for name, value in record.items()},
            truth=history.target[start + offset],
        )
        for offset, record in enumerate(records)
    ]


def plain(value: object) -> Feature:
    """A table's value as JSON knows it; NaN and its kin are a missing value.

    >>> plain(float("nan")), plain(3), plain("a")
    (None, 3, 'a')

    Raises:
        DataError: it is none of a number, a text and a boolean.
    """
    if isinstance(value, str | bool):
        return value
    if pd.isna(value):
        return None
    found = value.item() if isinstance(value, np.generic) else value
    if not isinstance(found, float | int | bool):
        raise DataError(f"{value!r} is a {type(value).__name__}, which cannot be sent: give numbers, texts or booleans")
    return found


def batches(rows: Sequence[Row], monitoring: Monitoring) -> Iterator[Sequence[Row]]:
    """The rows as they are sent, none twice: at most 500 at once, and at most a window, so that none is judged late.

    Where windows are cut by time, a batch spans no more event time than one window, unless it would then hold fewer
    rows than a window is judged on.
    """
    window, start = monitoring.window, 0
    most = min(window.rows or MOST_ROWS_A_REQUEST, MOST_ROWS_A_REQUEST)
    while start < len(rows):
        stop = min(start + most, len(rows))
        if window.duration is not None:
            end = rows[start].time + window.duration
            within = bisect_left(rows, end, start, stop, key=lambda row: row.time)
            stop = max(within, min(start + monitoring.minimum_rows, stop))
        yield rows[start:stop]
        start = stop


class LateLabels:
    """Rows that were answered and wait for their label: it comes `delay` rows, or so much event time, later."""

    def __init__(self, delay: Span) -> None:
        self._delay = delay
        self._waiting: deque[tuple[int, Row]] = deque()
        self._answered = 0

    def answered(self, rows: Sequence[Row]) -> None:
        """These rows were answered now."""
        for row in rows:
            self._answered += 1
            self._waiting.append((self._answered, row))

    def due(self, now: datetime) -> list[tuple[Row, datetime]]:
        """Rows whose label is known at `now`, each with the moment when it became known; each is handed out once."""
        known = []
        while self._waiting and self._has_come(*self._waiting[0], now):
            came = self._came()
            known.append((self._waiting.popleft()[1], came))
        return known

    def _came(self) -> datetime:
        """When the label of the row that waits longest came: its time and the delay, or the time of the row so many
        later."""
        if self._delay.rows is not None:
            return self._waiting[self._delay.rows][1].time
        assert self._delay.duration is not None
        return self._waiting[0][1].time + self._delay.duration

    def _has_come(self, place: int, row: Row, now: datetime) -> bool:
        if self._delay.rows is not None:
            return self._answered - place >= self._delay.rows
        assert self._delay.duration is not None
        return now - row.time >= self._delay.duration


def truths_of(rows: Sequence[Row]) -> list[Answer]:
    """The truth of each row."""
    return [row.truth for row in rows]
