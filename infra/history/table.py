"""A table as its source holds it, before anything is decided about its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from infra.domain.errors import DataError, Mistake
from infra.spec.wording import nearest

SHOWN = 5
"""Offending rows that a message shows."""


class Frame(Protocol):
    """Rows by column: a pandas frame, or columns that lie in files and are read when they are asked for."""

    @property
    def columns(self) -> Iterable[str]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, name: str, /) -> pd.Series: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows in source order. `picture_column` is the column of base64 PNG text, if there is one.

    `text_columns` were read as they are written, since their meaning is not a number's to decide.
    `place` turns the place of a row (from 0) into words that find it in the source.
    """

    frame: Frame
    source: str
    sha256: str
    place: Callable[[int], str]
    notes: tuple[str, ...] = ()
    picture_column: str | None = None


def line_of(row: int) -> str:
    """A row of a text file whose first line is the header."""
    return f"line {row + 2}"


def row_of(row: int) -> str:
    """A row of anything else, from 1."""
    return f"row {row + 1}"


def missing_column(name: str, columns: Iterable[str], where: str) -> Mistake:
    """A column that the model file names and the data lacks."""
    known = [str(column) for column in columns]
    near = nearest(name, known)
    listed = ", ".join(f"`{column}`" for column in sorted(known, key=lambda column: column != near)[:40])
    more = f" and {len(known) - 40} more" if len(known) > 40 else ""
    has = f"did you mean `{near}`? It has" if near else "it has"
    problem = f"the data has no column `{name}`; {has} {listed}{more}"
    return Mistake(where=where, line=None, problem=problem)


def examples(table: Table, series: pd.Series, rows: Iterable[int]) -> str:
    """The first few of the rows with their values, such as `line 3: 'x', line 9: 'y'`."""
    found = list(rows)
    shown = ", ".join(f"{table.place(row)}: {_short(series.iloc[row])}" for row in found[:SHOWN])
    return shown + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def refusal(table: Table, series: pd.Series, rows: Iterable[int], what: str, advice: str) -> DataError:
    """The error that some rows of a column cannot be used, with the first few of them."""
    found = list(rows)
    return DataError(
        f"{table.source}: `{series.name}` {what} in {len(found)} of {len(series)} rows "
        f"({examples(table, series, found)}): {advice}"
    )


def require_none(table: Table, series: pd.Series, wrong: pd.Series, what: str, advice: str) -> None:
    """Raises DataError when any row of a column is wrong."""
    rows = np.flatnonzero(wrong.to_numpy())
    if rows.size:
        raise refusal(table, series, rows, what, f"correct them, or {advice}")


def _short(value: object) -> str:
    if not isinstance(value, str) and bool(pd.isna(value)):
        return "nothing"
    text = repr(value.item() if hasattr(value, "item") else value)
    return text if len(text) <= 40 else text[:37] + "..."
