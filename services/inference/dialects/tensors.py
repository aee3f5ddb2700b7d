"""Input tensors of the Open Inference Protocol: JSON documents to checked cells.

A tensor whose form is wrong refuses the request; a cell that its datatype cannot hold is a fault of its row. It
knows nothing of models or features.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from services.inference.dialects.columns import too_many_rows, unusable

_NOTHING = type(None)
_INTEGERS = {
    **{f"INT{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """One input. `cells` are row-major, `rows` × `width`, None where JSON null says that a value is missing."""

    name: str
    rows: int
    width: int
    is_matrix: bool
    """Its shape has two dimensions."""
    cells: list[object]
    faults: Mapping[int, str]
    """What is wrong, by place among the cells."""


def read_tensor(document: object, place: int, max_rows: int) -> Tensor:
    """The tensor at this place of `inputs`. Members that the protocol does not name are left to its extensions.

    Raises:
        Problem: 422 for a form that is not the protocol's, 413 for too many rows.
    """
    where = f"inputs[{place}]"
    if not isinstance(document, dict):
        raise unusable((where, "is not an object: give name, shape, datatype and data"))
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise unusable((f"{where}.name", "must be the name of a feature"))
    datatype = document.get("datatype")
    if not isinstance(datatype, str) or datatype not in _READERS:
        raise unusable((name, f"has no datatype of the protocol: give one of {', '.join(DATATYPES)}"))
    shape = _shape(document.get("shape"), name)
    if shape[0] > max_rows:
        raise too_many_rows(shape[0], max_rows)
    width = shape[1] if len(shape) == 2 else 1
    cells, faults = _read(_flat(document.get("data"), shape, name), datatype)
    return Tensor(name=name, rows=shape[0], width=width, is_matrix=len(shape) == 2, cells=cells, faults=faults)


def _shape(value: object, name: str) -> tuple[int, ...]:
    given = value if isinstance(value, list) else []
    if len(given) not in (1, 2) or not all(type(size) is int and size > 0 for size in given):
        raise unusable((name, "has no shape that can be used: give [rows] or [rows, columns], each at least 1"))
    return tuple(given)


def _flat(data: object, shape: tuple[int, ...], name: str) -> list[object]:
    """The cells in row-major order, from flat or nested data. Raises Problem when they do not fill the shape."""
    if not isinstance(data, list):
        raise unusable((name, "has no data: give a JSON array, flat or nested as its shape says"))
    nested = [one for one in data if type(one) is list]
    if nested:
        if len(shape) != 2 or len(nested) != len(data) or any(len(row) != shape[1] for row in nested):
            raise unusable((name, f"nests its data otherwise than its shape {list(shape)} says: make both alike"))
        data = [cell for row in nested for cell in row]
    expected = shape[0] * (shape[1] if len(shape) == 2 else 1)
    if len(data) != expected:
        raise unusable((name, f"has {len(data)} values, and its shape {list(shape)} needs {expected}: make both alike"))
    return cast(list[object], data)


def _read(cells: list[object], datatype: str) -> tuple[list[object], dict[int, str]]:
    plain, read = _READERS[datatype]
    faults: dict[int, str] = {}
    if set(map(type, cells)) <= {plain, _NOTHING}:
        return cells, faults
    found: list[object] = []
    for place, cell in enumerate(cells):
        try:
            found.append(None if cell is None else read(cell))
        except ValueError as error:
            faults[place] = f"{error} or null: the tensor says {datatype}"
            found.append(None)
    return found, faults


def _float(cell: object) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    raise ValueError("must be a number")


def _integer(low: int, high: int, cell: object) -> int:
    """JSON knows no integers: `4.0` is the number 4."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and low <= cell <= high and cell == int(cell):
        return int(cell)
    raise ValueError(f"must be a whole number from {low} to {high}")


def _boolean(cell: object) -> bool:
    if isinstance(cell, bool):
        return cell
    raise ValueError("must be true or false")


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    raise ValueError("must be text")


class _Never:
    """A type that no cell has: every cell is read."""


_READERS: Mapping[str, tuple[type, Callable[[object], object]]] = {
    "BOOL": (bool, _boolean),
    **{name: (_Never, partial(_integer, *limits)) for name, limits in _INTEGERS.items()},
    **dict.fromkeys(("FP16", "FP32", "FP64"), (float, _float)),
    "BYTES": (str, _text),
}
"""By datatype: the type of a cell that needs no reading, and how any other is read."""
DATATYPES = tuple(_READERS)
