"""The feature schema: raw rows to the one float32 block that every network reads, in training and in serving.

A number becomes (x - mean) / std held within ±10, a missing one 0 with a second 0/1 input beside it where the
rows the schema was learnt from had missing values. Where they had none there is no such input: its weights
would never have been trained, and a first missing value in production would add noise; it reads as the mean
until a training from scratch has seen some. A category is one-hot over the 64 most frequent; where there are more,
the rare ones share 16 buckets by hash, and one never seen is read as they are; where rows had none, missing is a
category of its own; without such a place an unknown or missing one is all zero. A boolean is 0/1, a missing one 0.5;
a picture comes first, standardised by one mean and deviation over all training pixels, a missing one all zero.
Categories, indicators and the width are frozen when learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from infra.domain.errors import BundleError, DataError, RowError
from infra.domain.values import Features
from infra.model.columns import Column, ColumnKind, Frame, learn_column, refit_column, series_of
from infra.model.frames import booleans_of, codes_of, numbers_of, pictures_of
from infra.model.layout import Layout, RawBlock
from infra.model.rows import ReadRows, RowReader

__all__ = ["Column", "ColumnKind", "FeatureSchema", "Frame", "ParsedRows"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedRows:
    """Rows of a request, read. Everything but `errors` is about the good rows, in their order."""

    block: np.ndarray
    """Good rows × width, float32."""
    good: tuple[int, ...]
    """Places of the good rows in the request."""
    errors: tuple[RowError, ...]
    """One for each other row."""
    features: tuple[Features, ...]
    unknown: tuple[tuple[str, ...], ...]
    """Columns whose category the schema does not know."""


@dataclass(frozen=True)
class FeatureSchema:
    """The columns of a model and what was learnt about them. At most one is a picture."""

    columns: tuple[Column, ...]
    _layout: Layout = field(init=False, repr=False, compare=False)
    _reader: RowReader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if sum(column.kind == "picture" for column in self.columns) > 1:
            raise DataError("the schema has more than one picture column: keep one")
        layout = Layout(self.columns)
        if layout.width == 0:
            raise DataError("the schema has no column that a network could learn from: name at least one feature")
        object.__setattr__(self, "_layout", layout)
        object.__setattr__(self, "_reader", RowReader(self.columns, layout))

    @property
    def width(self) -> int:
        """Columns of the encoded block."""
        return self._layout.width

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Kind by column name, in order."""
        return {column.name: column.kind for column in self.columns}

    @property
    def inputs(self) -> dict[str, range | tuple[int, ...]]:
        """Places of each column in the block: a number has one, and one more for its missing indicator."""
        return self._layout.inputs()

    @property
    def category_places(self) -> list[range]:
        """Places of each categorical column, which come last in the block."""
        inputs = self._layout.inputs()
        return [found for one in self._layout.categorical if isinstance(found := inputs[one.name], range) and found]

    @property
    def picture(self) -> Column | None:
        """The picture column; its pixels come first in the block, height × width × channels."""
        return self._layout.picture

    @classmethod
    def learn(cls, frame: Frame, kinds: Mapping[str, ColumnKind]) -> FeatureSchema:
        """Learn from training rows only.

        Raises:
            DataError: no rows, an absent column, or a value that its column's kind cannot hold.
        """
        if not len(frame):
            raise DataError("there are no rows to learn a schema from: give at least one")
        return cls(tuple(learn_column(frame, name, kind) for name, kind in kinds.items()))

    def refitted(self, frame: Frame) -> FeatureSchema:
        """The same columns, categories, indicators and width, with means and deviations of these rows."""
        return FeatureSchema(tuple(refit_column(column, frame) for column in self.columns))

    def encode(self, frame: Frame) -> np.ndarray:
        """n × width float32, no NaN ever. Carried columns need not be there.

        Raises:
            DataError: an absent column, or a value that its column's kind cannot hold.
        """
        layout, rows = self._layout, len(frame)
        values = np.empty((rows, len(layout.valued)), dtype=np.float64)
        for place, column in enumerate(layout.valued):
            read = numbers_of if column.kind == "numeric" else booleans_of
            values[:, place] = read(series_of(frame, column.name))
        codes = np.empty((rows, len(layout.categorical)), dtype=np.int64)
        for place, column in enumerate(layout.categorical):
            codes[:, place] = codes_of(series_of(frame, column.name), column.coding)
        pixels = present = None
        if layout.picture is not None and layout.picture.shape is not None:
            pixels, present = pictures_of(series_of(frame, layout.picture.name), layout.picture.shape)
        return layout.fill(RawBlock(values=values, codes=codes, pixels=pixels, present=present))

    def parse(self, rows: Sequence[Mapping[str, object]]) -> ParsedRows:
        """Read rows of a request, strictly; a wrong row is an error and the others are answered.

        An absent key is an error save for carried columns; null is a missing value; an extra key is an error;
        an unknown category is answered and named in `unknown`.
        """
        read = self.read(rows)
        return ParsedRows(
            block=self.block([read]),
            good=tuple(read.good),
            errors=tuple(read.errors),
            features=tuple(read.features),
            unknown=tuple(read.unknown),
        )

    def read(self, rows: Sequence[Mapping[str, object]]) -> ReadRows:
        """As `parse`, without the block: rows of several requests may share one."""
        return self._reader.read(rows)

    def block(self, reads: Sequence[ReadRows]) -> np.ndarray:
        """The good rows of all reads, n × width float32."""
        return self._layout.fill(self._reader.raw(reads))

    def to_json(self) -> dict[str, object]:
        """Plain values, for the bundle's config."""
        return {"columns": [column.to_json() for column in self.columns]}

    @classmethod
    def from_json(cls, value: object) -> FeatureSchema:
        """Raises BundleError when the value describes no schema."""
        columns = value.get("columns") if isinstance(value, Mapping) else None
        if not isinstance(columns, list):
            raise BundleError("the bundle's schema lists no columns: load the bundle as it was packed")
        return cls(tuple(Column.from_json(column) for column in columns))
