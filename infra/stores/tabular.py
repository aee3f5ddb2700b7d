"""A DataFrame as an Arrow table, and the hash of what it holds. Knows no file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from infra.domain.errors import DataError


def to_table(frame: pd.DataFrame) -> pa.Table:
    """The columns and values of the frame; its index is dropped, missing values become null.

    Raises:
        DataError: a column that mixes kinds of values, or two columns of one name.
    """
    twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if twice:
        raise DataError(f"the table has several columns named {', '.join(twice)}: rename all but one of each")
    try:
        return pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"the table cannot be kept ({'; '.join(map(str, error.args))}): give each column values of one kind"
        ) from error


def content_hash(table: pa.Table) -> str:
    """SHA-256, in hex, over names, types, nulls and values.

    It does not depend on how Arrow cut the table into chunks, on what lies under a null, on compression, or on
    which version of pandas or Parquet wrote it.
    """
    return hash_of_columns(table.num_rows, zip(table.column_names, table.columns, strict=True))


def hash_of_columns(rows: int, columns: Iterable[tuple[str, pa.ChunkedArray]]) -> str:
    """The same of a table that comes a column at a time."""
    digest = hashlib.sha256(f"rows {rows}\n".encode())
    for name, column in columns:
        digest.update(f"{len(name.encode())} {name} {_kind(column.type)}\n".encode())
        digest.update(np.packbits(column.is_valid().to_numpy()).tobytes())
        for block in _blocks(name, column):
            digest.update(block)
    return digest.hexdigest()


def _kind(kind: pa.DataType) -> str:
    """The type in words that outlive a Parquet file, which forgets how long texts may be."""
    if pa.types.is_dictionary(kind):
        return f"category of {_kind(kind.value_type)}{', ordered' if kind.ordered else ''}"
    return str(kind).removeprefix("large_")


def _blocks(name: str, column: pa.ChunkedArray) -> list[bytes]:
    kind = column.type
    if pa.types.is_null(kind):
        return []
    if pa.types.is_dictionary(kind):
        return _blocks(name, column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        filled = column.cast(pa.large_binary()).fill_null(b"")
        return [pc.binary_length(filled).to_numpy().tobytes(), b"".join(filled.to_pylist())]
    if pa.types.is_temporal(kind):
        return [column.cast(pa.int64() if kind.bit_width == 64 else pa.int32()).fill_null(0).to_numpy().tobytes()]
    if pa.types.is_boolean(kind):
        return [column.fill_null(False).to_numpy().tobytes()]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return [column.fill_null(0).to_numpy().tobytes()]
    raise DataError(
        f"column {name!r} holds {kind}, which cannot be kept: turn it into numbers, text, booleans or times"
    )
