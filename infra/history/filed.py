"""A labelled history that is too large for memory: checked and in order of event time like any other, in files.

A column at a time is read, understood, put in order and written; what a history that is read whole says about its
columns, times and truth is said here by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from infra.domain.values import class_name
from infra.history.history import History, history_of, moments_by_place, read_order
from infra.history.kinds import read_columns
from infra.history.raw_columns import RawColumns
from infra.history.sources import open_large_source
from infra.history.table import Table
from infra.history.times import Times, read_times, read_times_in_pieces
from infra.model.columns import ColumnKind
from infra.settings import Settings
from infra.spec.data import Data
from infra.spec.model_file import ModelSpec
from infra.spill.disk import disk_error


@dataclass(frozen=True, kw_only=True)
class FiledColumn:
    """n values in a file: numbers (float64), or places (int32) among `names`, -1 where missing, for which the
    last of them, None, stands."""

    path: Path
    names: np.ndarray | None = None

    def part(self, first: int, rows: int) -> pd.Series:
        """Values from place `first` on, as a history in memory holds them."""
        if self.names is None:
            return pd.Series(np.fromfile(self.path, dtype=np.float64, count=rows, offset=first * 8))
        codes = np.fromfile(self.path, dtype=np.int32, count=rows, offset=first * 4)
        return pd.Series(self.names[codes], dtype=object)


@dataclass(frozen=True, kw_only=True)
class FiledHistory:
    """As `infra.history.history.History`, with the columns in files in `folder`.

    `target` holds names of classes (object) or numbers (float64).
    """

    folder: Path
    columns: dict[str, FiledColumn]
    target: np.ndarray
    times: pd.DatetimeIndex
    kinds: dict[str, ColumnKind]
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]
    sha256: str
    source: str

    def __len__(self) -> int:
        return len(self.target)

    @property
    def end(self) -> datetime:
        """Event time of the last row."""
        moment: datetime = self.times[-1:].to_pydatetime()[0]
        return moment.replace(tzinfo=UTC)

    def frame(self, first: int, rows: int) -> pd.DataFrame:
        """The features and carried columns of `rows` rows from place `first` on."""
        return pd.DataFrame({name: column.part(first, rows) for name, column in self.columns.items()})


def read_any_history(
    spec: ModelSpec, folder: Path, scratch: Path, *, settings: Settings, data: Path | None = None
) -> History | FiledHistory:
    """As `read_history`; one larger than `settings.large_history_mb` comes in files, which lie in `scratch`.

    Raises:
        SpecError, DataError, Unavailable: as `read_history` does; Unavailable also where the disk has no room.
    """
    table = open_large_source(spec.data, folder, scratch, settings=settings, override=data)
    return _filed(table, table.frame, spec, scratch) if isinstance(table.frame, RawColumns) else history_of(table, spec)


def _filed(table: Table, raw: RawColumns, spec: ModelSpec, scratch: Path) -> FiledHistory:
    order = read_order(table, spec, lambda table, data: _moments(table, raw, data))
    columns: dict[str, FiledColumn] = {}

    def keep(name: str, values: pd.Series) -> None:
        columns[name] = _write(values, order.places, scratch / f"column-{len(columns)}")

    found = read_columns(table, spec.data, keep)
    return FiledHistory(
        folder=scratch,
        columns=columns,
        target=order.target.values[order.places],
        times=order.moments,
        kinds=found.kinds,
        classes=order.target.classes,
        notes=order.notes(found),
        sha256=table.sha256,
        source=table.source,
    )


def _moments(table: Table, raw: RawColumns, data: Data) -> Times:
    name = data.time
    if name is None:
        return moments_by_place(len(raw), data)
    if raw[name].dtype.kind == "M":
        return read_times(table, raw[name], data)
    return read_times_in_pieces(table, lambda: raw[name], raw.pieces(name), data)


def _write(values: pd.Series, places: np.ndarray, path: Path) -> FiledColumn:
    """The column in order of event time; texts of another kind than their neighbours are named as classes are."""
    names = None
    if values.dtype == np.float64:
        stored = values.to_numpy()
    else:
        codes, distinct = pd.factorize(values)
        names = np.array([*_of_one_kind(distinct.tolist()), None], dtype=object)
        stored = codes.astype(np.int32)
    try:
        stored[places].tofile(path)
    except OSError as error:
        raise disk_error(error, path) from error
    return FiledColumn(path=path, names=names)


def _of_one_kind(values: Sequence[object]) -> list[object]:
    """Numbers beside other numbers as floats; values of several kinds as a class of that value is named."""
    kinds = {type(value) for value in values}
    if len(kinds) < 2:
        return list(values)
    name = float if kinds <= {int, float, bool} else class_name
    return [name(value) for value in values]  # type: ignore[arg-type]  # numbers alone reach float
