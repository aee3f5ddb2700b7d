"""How each system wants to be asked, and how it answers: rows to a body, an answer to classes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.serving.network import FEATURES

Rows = Sequence[Sequence[float]]
ID_PLACE = "@ID@"
"""Where the load generator writes an id that was never used before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """`write` makes a JSON body of n rows × 20; `read` finds the n classes in the answer to it."""

    write: Callable[[Rows], bytes]
    read: Callable[[Any], list[str]]


def write_named(rows: Rows) -> bytes:
    """keepsharp's own: every feature by its name."""
    return orjson.dumps({"rows": [{"features": dict(zip(FEATURES, row, strict=True))} for row in rows]})


def write_named_with_ids(rows: Rows) -> bytes:
    """The same, each row with an id of the caller's."""
    named = [{"id": ID_PLACE, "features": dict(zip(FEATURES, row, strict=True))} for row in rows]
    return orjson.dumps({"rows": named})


def _write_frame(rows: Rows) -> bytes:
    return orjson.dumps({"dataframe_split": {"columns": FEATURES, "data": rows}})


def _write_matrix(key: str) -> Callable[[Rows], bytes]:
    return lambda rows: orjson.dumps({key: rows})


def _write_tensor(rows: Rows) -> bytes:
    flat = [value for row in rows for value in row]
    tensor = {"name": "rows", "shape": [len(rows), len(FEATURES)], "datatype": "FP32", "data": flat}
    return orjson.dumps({"inputs": [tensor]})


NAMED = Dialect(write=write_named, read=lambda answer: [one["value"] for one in answer["predictions"]])
FRAME = Dialect(write=_write_frame, read=lambda answer: list(answer["predictions"]))
ARRAY = Dialect(write=_write_matrix("inputs"), read=FRAME.read)
MATRIX = Dialect(write=_write_matrix("rows"), read=lambda answer: list(answer["classes"]))
OPEN_INFERENCE = Dialect(write=_write_tensor, read=lambda answer: list(answer["outputs"][0]["data"]))
BARE_LIST = Dialect(write=_write_matrix("rows"), read=list)
