"""The truth of each row: class names or numbers. Rows without it are dropped, with a note."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.domain.errors import DataError, Mistake, SpecError
from infra.domain.values import Answer
from infra.history.numbers import is_coded, numbers_of
from infra.history.table import Table, examples, refusal
from infra.history.values import booleans_of, categories_of, looks_boolean
from infra.spec.model_file import ModelSpec
from infra.spec.wording import nearest

MOST_CLASSES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """`values` has one entry a source row; `classes` is None for regression."""

    values: np.ndarray
    """n: names of classes (object), None where the row is dropped; or numbers (float64), NaN there."""
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]

    @property
    def kept(self) -> np.ndarray:
        """Which source rows have a truth (n, bool)."""
        return np.asarray(pd.notna(self.values), dtype=bool)

    def answers(self, places: np.ndarray) -> list[Answer]:
        """The truth of the rows at these places, none of which is dropped."""
        found: list[Answer] = self.values[places].tolist()
        return found


def read_target(table: Table, series: pd.Series, spec: ModelSpec) -> Target:
    """Read the target column.

    Raises:
        DataError: it cannot be the target of this task.
        SpecError: `data.positive` is not one of the classes.
    """
    read = _read_classes if spec.task == "classification" else _read_numbers
    target = read(table, series)
    dropped = int((~target.kept).sum())
    notes = target.notes
    if dropped:
        notes = (*notes, f"{dropped} rows without a value of `{series.name}` were dropped")
    if spec.data.positive is not None and target.classes is not None:
        _require_class(table, spec.data.positive, target.classes)
    return Target(values=target.values, classes=target.classes, notes=notes)


def _read_classes(table: Table, series: pd.Series) -> Target:
    present = series.dropna()
    numbers = numbers_of(series)
    is_numeric = not len(numbers.odd) and not is_coded(present)
    if is_numeric:
        series = pd.Series(np.where(series.notna(), numbers.values, np.nan), name=series.name)
        if len(numbers.infinite):
            raise refusal(table, series, numbers.infinite, "is infinite", "correct them")
    elif looks_boolean(present):
        series = booleans_of(series).rename(series.name)
    names = categories_of(series)
    classes = tuple(sorted(names.dropna().unique(), key=lambda name: _order(name, is_numeric=is_numeric)))
    if len(classes) > MOST_CLASSES:
        advice = "set `task: regression`" if is_numeric else "name another column as data.target"
        what = f"has {len(classes)} different values, more than the {MOST_CLASSES} classes that can be told apart"
        raise DataError(f"{table.source}: the target `{series.name}` {what}: {advice}")
    if len(classes) < 2:
        found = f"only the class `{classes[0]}`" if classes else "no values at all"
        raise DataError(f"{table.source}: the target `{series.name}` holds {found}: two classes are needed to learn")
    return Target(values=names.to_numpy(dtype=object), classes=classes, notes=())


def _order(name: str, *, is_numeric: bool) -> tuple[float, str]:
    return (float(name) if is_numeric else 0.0, name)


def _read_numbers(table: Table, series: pd.Series) -> Target:
    numbers = numbers_of(series)
    if len(numbers.odd):
        advice = "correct them, or set `task: classification` if they are classes"
        raise refusal(table, series, numbers.odd, "is the target of a regression but holds no number", advice)
    values = numbers.values
    notes = [f"`{series.name}`: {numbers.note}"] if numbers.note else []
    if len(numbers.infinite):
        notes.append(
            f"`{series.name}` is infinite in {len(numbers.infinite)} rows "
            f"({examples(table, series, numbers.infinite)}): taken as missing"
        )
    present = values[~np.isnan(values)]
    if present.size and float(present.min()) == float(present.max()):
        raise DataError(f"{table.source}: the target `{series.name}` is always {present[0]:g}: name another column")
    return Target(values=values, classes=None, notes=tuple(notes))


def _require_class(table: Table, positive: str, classes: tuple[str, ...]) -> None:
    if positive in classes:
        return
    near = nearest(positive, classes)
    hint = f"; did you mean `{near}`?" if near else ""
    listed = ", ".join(f"`{name}`" for name in classes[:20])
    problem = f"`{positive}` is not one of the classes {listed}{hint}"
    raise SpecError(table.source, [Mistake(where="data.positive", line=None, problem=problem)])
