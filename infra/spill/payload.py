"""Predictions as JSON and back, exactly: int stays int, float stays float. Knows no file.

What the database would refuse to hold is refused here in the same words, so that nothing is spilled which could
never be replayed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from infra.domain.errors import DataError
from infra.domain.predictions import Prediction
from infra.stores.features import pack

_FIELDS = tuple(field.name for field in fields(Prediction))


def packed(given: Sequence[Prediction]) -> bytes:
    """JSON of the predictions, in order.

    Raises:
        DataError: NaN, an infinity, an integer of more than 64 bits, or text that is not Unicode.
    """
    rows = [{name: _plain(getattr(one, name)) for name in _FIELDS} for one in given]
    try:
        return orjson.dumps(rows)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise DataError(f"predictions cannot be stored ({error}): send plain numbers, text or null") from error


def unpacked(payload: bytes) -> list[Prediction]:
    """What `packed` was given.

    Raises:
        DataError: the payload was written by another version of keepsharp, and says something else.
    """
    try:
        return [_prediction(row) for row in orjson.loads(payload)]
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(
            f"{len(payload)} bytes of the spill do not say what predictions say ({error!r}): replay them with the "
            "keepsharp that wrote them"
        ) from error


def _plain(value: object) -> object:
    return orjson.Fragment(pack(value)) if isinstance(value, Mapping | float) else value


def _prediction(row: dict[str, Any]) -> Prediction:
    time, unknown = datetime.fromisoformat(row["time"]), tuple(row["unknown_categories"])
    return Prediction(**{**row, "time": time, "unknown_categories": unknown})
