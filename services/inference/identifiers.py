"""Ids that sort by the moment they were made (UUID version 7, RFC 9562). Knows no clock: the moment is passed in."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM_MASK = ~((0xF << 76) | (0b11 << 62))


def time_ordered_id(moment: datetime) -> str:
    """A UUID whose first 48 bits are the milliseconds of `moment` since 1970, and 74 further bits chance.

    Moments before 1970 count as 1970.
    """
    milliseconds = max(0, int(moment.timestamp() * 1000)) & 0xFFFF_FFFF_FFFF
    bits = (milliseconds << 80) | secrets.randbits(80)
    return str(uuid.UUID(int=(bits & _RANDOM_MASK) | _VERSION | _VARIANT))
