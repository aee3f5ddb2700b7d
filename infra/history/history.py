"""A labelled history, checked and in order of event time: what `train`, `replay` and `check` start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from infra.domain.errors import DataError, SpecError
from infra.domain.values import Answer
from infra.history.kinds import Columns, read_columns
from infra.history.sources import open_source
from infra.history.table import Table, missing_column
from infra.history.target import Target, read_target
from infra.history.times import Times, read_times
from infra.history.zones import to_utc
from infra.model.columns import ColumnKind
from infra.settings import Settings
from infra.spec.data import Data
from infra.spec.model_file import ModelSpec
from infra.spec.spans import Span

LEAST_ROWS = 50
DEFAULT_START = datetime(2000, 1, 1, tzinfo=UTC)
DEFAULT_STEP = Span(duration=timedelta(minutes=1))


@dataclass(frozen=True, kw_only=True)
class History:
    """Rows in order of event time. `frame` holds the feature and carried columns, indexed from 0.

    Numeric columns are float64 with NaN where missing; the others hold text, true and false, and None.
    `times` are in UTC and never fall. `sha256` is of the source's bytes.
    """

    frame: pd.DataFrame
    target: list[Answer]
    times: list[datetime]
    kinds: dict[str, ColumnKind]
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]
    sha256: str
    source: str


def read_history(spec: ModelSpec, folder: Path, *, settings: Settings, data: Path | None = None) -> History:
    """Read the history that a model file names, or `data` in its place.

    `folder` is the model file's: relative paths start there, then in `settings.data_dir`.

    Raises:
        SpecError: the model file names what is not there.
        DataError: the data cannot be used; says which rows and why.
        Unavailable: a database or OpenML did not answer.
    """
    return history_of(open_source(spec.data, folder, settings=settings, override=data), spec)


def history_of(table: Table, spec: ModelSpec) -> History:
    """The history that a table holds. Raises SpecError and DataError as `read_history` does."""
    order = read_order(table, spec, read_moments)
    columns: dict[str, pd.Series] = {}
    found = read_columns(table, spec.data, columns.__setitem__)
    return History(
        frame=pd.DataFrame(columns).iloc[order.places].reset_index(drop=True),
        target=order.target.answers(order.places),
        times=[moment.replace(tzinfo=UTC) for moment in order.moments.to_pydatetime()],
        kinds=found.kinds,
        classes=order.target.classes,
        notes=order.notes(found),
        sha256=table.sha256,
        source=table.source,
    )


@dataclass(frozen=True, kw_only=True)
class Order:
    """Which source rows are kept, m of them in order of event time, and what is to be said about that."""

    places: np.ndarray
    moments: pd.DatetimeIndex
    target: Target
    before: tuple[str, ...]
    after: tuple[str, ...]

    def notes(self, columns: Columns) -> tuple[str, ...]:
        """Everything a person should know."""
        return (*self.before, *columns.notes, *self.after)


def read_order(table: Table, spec: ModelSpec, moments_of: Callable[[Table, Data], Times]) -> Order:
    """Read truth and times. Raises SpecError and DataError as `read_history` does."""
    _require_named(table, spec.data)
    _require_rows(table, len(table.frame))
    target = read_target(table, table.frame[spec.data.target], spec)
    kept = target.kept
    _require_rows(table, int(kept.sum()))
    return _in_order(table, target, moments_of(table, spec.data), kept)


def read_moments(table: Table, data: Data) -> Times:
    """The time of each source row; without a column of times, by its place."""
    return (
        moments_by_place(len(table.frame), data)
        if data.time is None
        else read_times(table, table.frame[data.time], data)
    )


def _require_named(table: Table, data: Data) -> None:
    """Every column that the model file names is there, or all that are not are said at once."""
    named = [(data.target, "data.target")]
    named += [(data.time, "data.time")] if data.time is not None else []
    named += [(name, f"data.features.{name}") for name in data.features or {}]
    named += [(name, f"data.slices[{place}]") for place, name in enumerate(data.slices)]
    columns = table.frame.columns
    absent = [missing_column(name, columns, where) for name, where in named if name not in columns]
    if absent:
        raise SpecError(table.source, absent)


def _require_rows(table: Table, rows: int) -> None:
    if rows < LEAST_ROWS:
        raise DataError(
            f"{table.source} has {rows} usable rows, and {LEAST_ROWS} are the least to train and judge: give a longer "
            "history, or fill in the target where it is missing"
        )


def moments_by_place(rows: int, data: Data) -> Times:
    """Of source rows without times of their own."""
    start = data.time_start or DEFAULT_START
    step = data.time_step if data.time_step is not None else DEFAULT_STEP
    assert step.duration is not None
    moments = pd.DatetimeIndex([pd.Timestamp(start)])
    first, _ = to_utc(moments, data.time_zone) if start.tzinfo is None else (moments.tz_convert("UTC"), ())
    index = first[0].as_unit("us") + pd.to_timedelta(np.arange(rows) * step.duration.total_seconds(), unit="s")
    note = f"no data.time: file order is time order, a row every {step} from {first[0].strftime('%Y-%m-%d %H:%M')} UTC"
    return Times(moments=pd.DatetimeIndex(index).as_unit("us"), notes=(note,))


def _in_order(table: Table, target: Target, times: Times, kept: np.ndarray) -> Order:
    """Kept rows, sorted by time; rows of one moment stay in source order."""
    moments = times.moments[kept]
    falls = int((np.diff(moments.asi8) < 0).sum())
    order = np.argsort(moments.asi8, kind="stable")
    repeated = int(moments.duplicated().sum())
    notes = []
    if falls:
        notes.append(f"time falls {falls} times from one row to the next: rows were put in order of time")
    if repeated:
        notes.append(f"{repeated} rows have the time of an earlier row: all were kept, in source order")
    return Order(
        places=np.flatnonzero(kept)[order],
        moments=moments[order],
        target=target,
        before=(*table.notes, *times.notes, *target.notes),
        after=tuple(notes),
    )
