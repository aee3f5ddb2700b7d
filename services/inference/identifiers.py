"""Ids that sort by the moment they were made (UUID version 7, RFC 9562). Knows no clock: the moment is passed in."""

from __future__ import annotations

import os
import random
from datetime import datetime
from functools import lru_cache

_COUNTER = 0xFFFF_FFFF_FFFF


@lru_cache(maxsize=1)
def _chance() -> random.Random:
    """Started from the system's entropy once: asking it for each row would cost more than the rest of an id."""
    source = random.Random()
    os.register_at_fork(after_in_child=source.seed)
    return source


def request_token() -> str:
    """128 bits of chance in hex: the id of a request."""
    return f"{_chance().getrandbits(128):032x}"


def time_ordered_id(moment: datetime) -> str:
    """A UUID whose first 48 bits are the milliseconds of `moment` since 1970, and 74 further bits chance.

    Moments before 1970 count as 1970.
    """
    return time_ordered_ids(moment, 1)[0]


def time_ordered_ids(moment: datetime, count: int) -> list[str]:
    """Several of one moment: they share 26 of their bits of chance, and the other 48 count up from chance."""
    milliseconds = max(0, int(moment.timestamp() * 1000)) & 0xFFFF_FFFF_FFFF
    first = f"{milliseconds:012x}"
    chance = _chance().getrandbits(74)
    version, variant = chance >> 62, 0x8000 | (chance >> 48) & 0x3FFF
    prefix = f"{first[:8]}-{first[8:]}-7{version:03x}-{variant:04x}-"
    start = chance & _COUNTER
    return [f"{prefix}{(start + place) & _COUNTER:012x}" for place in range(count)]
