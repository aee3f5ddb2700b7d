"""What a data file that nobody has described yet may mean: its time, its target, its features. A first draft for a
person to correct, never used to train."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from infra.domain.errors import DataError
from infra.history.kinds import read_columns
from infra.history.numbers import is_coded, numbers_of
from infra.history.pictures import picture_arrays
from infra.history.sources import read_file
from infra.history.table import Table
from infra.history.times import read_times
from infra.history.values import categories_of
from infra.model.columns import ColumnKind
from infra.spec.data import Data

_TARGET_NAMES = ("target", "label", "class", "y", "outcome", "truth")
_TIME_NAME = re.compile(r"time|date|stamp|^ts$|_at$|when", re.IGNORECASE)
MOST_CLASSES = 20
"""Whole numbers with more values than this are guessed to be amounts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """A draft of the data section. `questions` is what a person should look at."""

    task: Literal["classification", "regression"]
    target: str
    time: str | None
    images: str | None
    positive: str | None
    kinds: dict[str, ColumnKind]
    questions: tuple[str, ...]


def guess(path: Path, *, target: str | None = None) -> Guess:
    """Draft the data section for a file; `target` overrides the guess.

    Raises:
        SpecError: there is no such file, or no reader for it.
        DataError: it cannot be read, or has no columns to choose from.
    """
    pictured = picture_arrays(path) if path.name.lower().endswith(".npz") else []
    images = pictured[0] if pictured else None
    table = read_file(path, Data(source=path.name, target="", images=images))
    names = [name for name in table.frame.columns if name != table.picture_column]
    if not names or not len(table.frame):
        raise DataError(f"{path} has no rows or no columns beside the pictures: a target is needed")
    questions: list[str] = []
    time = _time(table, names, questions)
    chosen = target or _target(names, time, questions)
    truth = table.frame[chosen] if chosen in table.frame.columns else pd.Series(dtype=object)
    task, positive = _task(truth)
    data = Data(source=path.name, target=chosen, time=time, images=images)
    columns = read_columns(table, data, keep=lambda _name, _values: None)
    return Guess(
        task=task,
        target=chosen,
        time=time,
        images=images,
        positive=positive,
        kinds={name: kind for name, kind in columns.kinds.items() if kind in ("numeric", "categorical", "boolean")},
        questions=(*questions, *columns.notes),
    )


def _time(table: Table, names: list[str], questions: list[str]) -> str | None:
    for name in _named_like_time(table, names):
        try:
            read_times(table, table.frame[name], Data(source="", target=""))
        except DataError as error:
            if "is ambiguous" in str(error):
                questions.append(str(error))
                return name
            continue
        return name
    return None


def _named_like_time(table: Table, names: list[str]) -> Iterator[str]:
    """Columns of dates or text, those named like a time first; numbers only when they are named so."""
    likely = [name for name in names if _TIME_NAME.search(name)]
    yield from likely
    yield from (name for name in names if name not in likely and len(numbers_of(table.frame[name]).odd))


def _target(names: list[str], time: str | None, questions: list[str]) -> str:
    named = [name for wanted in _TARGET_NAMES for name in names if name.lower() == wanted]
    if named:
        return named[0]
    last = [name for name in names if name != time][-1:] or names[-1:]
    questions.append(f"no column is named like a target: the last one, `{last[0]}`, was taken")
    return last[0]


def _task(truth: pd.Series) -> tuple[Literal["classification", "regression"], str | None]:
    """Text and few whole numbers are classes; of two classes the rarer one is positive."""
    numbers = numbers_of(truth)
    is_amount = not len(numbers.odd) and not is_coded(truth) and truth.dtype != bool
    if is_amount and (truth.nunique() > MOST_CLASSES or bool((pd.Series(numbers.values).dropna() % 1 != 0).any())):
        return "regression", None
    counts = categories_of(truth).value_counts()
    return "classification", str(counts.index[-1]) if len(counts) == 2 else None
