"""Frozen records to rows and back, whatever they nest. Knows no database and no table.

A row has one value for each field of the record: plain values and moments as they are, nested records,
tuples and mappings as dicts and lists (the table keeps those as JSON). A record read back equals the one written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from infra.domain.errors import DataError
from infra.domain.values import require_utc

R = TypeVar("R")
_BIGGEST = 2**63


def to_row(record: object) -> dict[str, object]:
    """The values of a frozen dataclass by field name; moments in UTC.

    Raises:
        DataError: a value that is not finite or not plain: what was not measured is left out, never NaN.
        ValueError: a moment without a time zone.
    """
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{record!r} is not a record: give an instance of a dataclass")
    row = msgspec.to_builtins(record, builtin_types=(datetime,), enc_hook=_plain)
    return {name: _checked(value, f"{type(record).__name__}.{name}") for name, value in row.items()}


def from_row(kind: type[R], row: Mapping[str, object]) -> R:
    """The record that `to_row` made the row from; other keys of the row are ignored.

    Raises:
        DataError: the row does not fit the record: the database was changed by another program.
    """
    try:
        return msgspec.convert(dict(row), kind)
    except msgspec.ValidationError as error:
        raise DataError(
            f"a stored {kind.__name__} cannot be read ({error}): restore the database from a backup, or remove the row"
        ) from error


def kept(record: R) -> R:
    """The record as it comes back from a database: a copy that shares nothing with the caller's."""
    return from_row(type(record), to_row(record))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, float):  # numpy's float64 is one
        return float(value)
    raise DataError(f"{value!r} of type {type(value).__name__} cannot be stored: turn it into int, float, str or bool")


def _checked(value: object, where: str) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"{where} is {value}: leave out what was not measured, or give None where it may be unknown")
    if isinstance(value, int) and not -_BIGGEST <= value < _BIGGEST:
        raise DataError(f"{where} is {value}, which is more than 64 bits hold: give it as text or as a float")
    if isinstance(value, datetime):
        return require_utc(value, where)
    if isinstance(value, dict):
        return {name: _checked(inner, f"{where}.{name}") for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(inner, f"{where}[{place}]") for place, inner in enumerate(value)]
    return value
