"""A CSV file of labels, read whole or not at all: every bad line is said at once, with its number."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from infra.domain.errors import DataError, Mistake, RowError, SpecError
from infra.domain.predictions import Label
from infra.domain.values import class_name
from services.inference.label_entries import Task, read_labels

REQUIRED, OPTIONAL = ("id", "value"), ("time", "source")
SOURCE = "file"
_SHOWN = 50


def read_truths(path: Path, *, model: str, task: Task, classes: Collection[str], now: datetime) -> tuple[Label, ...]:
    """The labels of a file with the columns `id`, `value`, and where wanted `time` and `source`.

    A class that is written otherwise than in `classes` (`1.0` for `1`, `True` for `true`) is read as that class.
    A line without a time became known `now`.

    Raises:
        SpecError: the file cannot be opened.
        DataError: the file has other columns, or bad lines: all of them, up to 50 in words.
    """
    lines, entries = [], []
    for line, row in _filled_lines(path):
        lines.append(line)
        entries.append(_entry(row, task, classes))
    read = read_labels(entries, model=model, task=task, now=now)
    if read.errors:
        raise _bad_lines(path, [(lines[error.row], error) for error in read.errors])
    return read.labels


def _filled_lines(path: Path) -> Iterator[tuple[int, dict[str | None, object]]]:
    """(line number, cells by column) of every line that is not empty."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            _require_columns(path, [name.strip() for name in reader.fieldnames or []])
            reader.fieldnames = [name.strip() for name in reader.fieldnames or []]
            for row in reader:
                yield reader.line_num, dict(row)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error}): name a CSV file with the columns id and value"
        raise SpecError(str(path), [Mistake(where="FILE", line=None, problem=problem)]) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no CSV file in UTF-8 ({error}): save it as one") from error


def _require_columns(path: Path, found: list[str]) -> None:
    absent = [name for name in REQUIRED if name not in found]
    odd = [name for name in found if name not in REQUIRED + OPTIONAL]
    twice = sorted({name for name in found if found.count(name) > 1})
    if absent or odd or twice:
        wrong = [f"without {name}" for name in absent] + [f"with {name or 'an unnamed column'}" for name in odd]
        wrong += [f"twice with {name}" for name in twice]
        raise DataError(
            f"{path} comes {', '.join(wrong)}: its first line must name the columns id and value, and may name time "
            "and source beside them"
        )


def _entry(row: dict[str | None, object], task: Task, classes: Collection[str]) -> object:
    """The row as an entry of a labels request; an empty cell is an absent key, and too many cells are no entry."""
    if None in row:
        return None
    entry: dict[str, object] = {
        str(name): cell.strip() for name, cell in row.items() if isinstance(cell, str) and cell.strip()
    }
    value = entry.get("value")
    if isinstance(value, str):
        entry["value"] = _number(value) if task == "regression" else _spelled(value, classes)
    return {"source": SOURCE, **entry}


def _number(text: str) -> float | str:
    with suppress(ValueError):  # left as text, it is refused with its line
        return float(text)
    return text


def _spelled(text: str, classes: Collection[str]) -> str:
    """The class that is meant: as it stands, or in the one spelling that the model knows."""
    number = _number(text)
    for spelling in (text, class_name(number), text.lower()):
        if spelling in classes:
            return spelling
    return text


def _bad_lines(path: Path, errors: list[tuple[int, RowError]]) -> DataError:
    said = [
        f"  line {line}{f', {error.field}' if error.field else ''}: "
        + (error.problem if error.field else "has more cells than the first line names columns")
        for line, error in errors[:_SHOWN]
    ]
    more = [f"  and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
    head = f"{path}: {len(errors)} bad line{'s' * (len(errors) != 1)}, nothing was stored"
    return DataError("\n".join([head, *said, *more]))
