"""Labelled rows as training sees them, and how they travel to and from a snapshot.

Knows pandas; knows no database, tracker or network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.domain.predictions import Answered, Label
from infra.domain.values import Answer, class_name

Part = Literal["train", "validation", "holdout"]
TARGET, TIME, ID, SEQ, PART = "@target", "@time", "@id", "@seq", "@part"
LABEL_TIME, LABEL_SOURCE = "@label_time", "@label_source"
"""When the label that a row was used with became known, and who told it; only of rows that were predicted."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """n labelled rows in time order: features and carried columns in `frame`, the rest one value a row.

    `seqs` are places in the order of arrival, 0 for rows that were never predicted (the first history).
    """

    frame: pd.DataFrame
    target: tuple[Answer, ...]
    times: tuple[datetime, ...]
    ids: tuple[str, ...]
    seqs: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.target)

    def take(self, places: Sequence[int] | npt.NDArray[np.int64]) -> Examples:
        """The rows at these places, in the order given."""
        return Examples(
            frame=self.frame.iloc[list(places)].reset_index(drop=True),
            target=tuple(self.target[place] for place in places),
            times=tuple(self.times[place] for place in places),
            ids=tuple(self.ids[place] for place in places),
            seqs=tuple(self.seqs[place] for place in places),
        )

    def cut(self, start: int, stop: int) -> Examples:
        """The rows from `start` up to `stop`, as slicing counts."""
        return self.take(range(*slice(start, stop).indices(len(self))))

    def columns(self, names: Iterable[str]) -> dict[str, npt.NDArray[np.object_]]:
        """Columns as arrays of text, for slices; a name that is no column is left out."""
        return {name: self.frame[name].map(str).to_numpy(dtype=object) for name in names if name in self.frame.columns}


def join(*pieces: Examples) -> Examples:
    """All rows, piece after piece."""
    filled = [piece for piece in pieces if len(piece)] or list(pieces[:1])
    return Examples(
        frame=pd.concat([piece.frame for piece in filled], ignore_index=True),
        target=tuple(value for piece in filled for value in piece.target),
        times=tuple(moment for piece in filled for moment in piece.times),
        ids=tuple(name for piece in filled for name in piece.ids),
        seqs=tuple(seq for piece in filled for seq in piece.seqs),
    )


def from_answered(rows: Sequence[Answered], columns: Sequence[str]) -> Examples:
    """Stored predictions that have a label, as examples; those without one are left out."""
    labelled = [(row.seq, row.prediction, row.label) for row in rows if row.label is not None]
    return Examples(
        frame=pd.DataFrame([dict(one.features) for _, one, _ in labelled], columns=list(columns)),
        target=tuple(label.value for _, _, label in labelled),
        times=tuple(one.time for _, one, _ in labelled),
        ids=tuple(one.id for _, one, _ in labelled),
        seqs=tuple(seq for seq, _, _ in labelled),
    )


def to_snapshot(parts: Mapping[Part, Examples], labels: Mapping[str, Label] | None = None) -> pd.DataFrame:
    """One table of all parts, as it is frozen and hashed; every column holds values of one kind.

    `labels` are those behind the rows that were predicted, by id.
    """
    tables = []
    for part, examples in parts.items():
        table = examples.frame.copy()
        table[TARGET] = list(examples.target)
        table[TIME] = list(examples.times)
        table[ID] = list(examples.ids)
        table[SEQ] = list(examples.seqs)
        table[PART] = part
        tables.append(table)
    whole = pd.concat([table for table in tables if len(table)], ignore_index=True)
    if labels:
        used = [labels.get(name) if seq > 0 else None for name, seq in zip(whole[ID], whole[SEQ], strict=True)]
        whole[LABEL_TIME] = pd.to_datetime([None if one is None else one.time for one in used], utc=True)
        whole[LABEL_SOURCE] = [None if one is None else one.source for one in used]
    return whole.assign(**{name: _of_one_kind(column) for name, column in whole.items() if column.dtype == object})


def _of_one_kind(column: pd.Series) -> pd.Series:
    """The column as it is, or as texts where one client wrote a category as a number and another as a text."""
    present = [value for value in column if value is not None and value == value]  # NaN alone differs from itself
    kinds = {type(value) for value in present}
    if len(kinds) < 2:
        return column
    if kinds <= {int, float, bool}:
        return column.astype(float)
    names = [class_name(value) if value is not None and value == value else None for value in column]
    return pd.Series(names, index=column.index, dtype=object)


def from_snapshot(table: pd.DataFrame) -> Examples:
    """All rows of a snapshot, whatever part they played, in time order."""
    return _examples_in(table.sort_values([TIME, SEQ], kind="stable"))


def snapshot_parts(table: pd.DataFrame) -> dict[Part, Examples]:
    """The rows of each part as a training used them, in the order in which they were frozen."""
    return {part: _examples_in(table[table[PART] == part]) for part in get_args(Part)}


def _examples_in(table: pd.DataFrame) -> Examples:
    own = [TARGET, TIME, ID, SEQ, PART, LABEL_TIME, LABEL_SOURCE]
    return Examples(
        frame=table.drop(columns=own, errors="ignore").reset_index(drop=True),
        target=tuple(table[TARGET].tolist()),
        times=tuple(moment.to_pydatetime() for moment in table[TIME]),
        ids=tuple(table[ID].tolist()),
        seqs=tuple(int(seq) for seq in table[SEQ]),
    )
