"""Which rows a challenger answers, unseen or instead of the champion: decided by the id alone.

The same id is always on the same side, in every process, on every replica and after every restart, and the two
choices are independent of one another. It knows nothing of models.
"""

from __future__ import annotations

from hashlib import blake2b

_PLACES = 2.0**64


def takes_canary(row_id: str, share: float) -> bool:
    """Whether the challenger answers this row instead of the champion; true for `share` (0..1) of all ids.

    >>> takes_canary("part-1", 0.0), takes_canary("part-1", 1.0)
    (False, True)
    """
    return share > 0.0 and _place(row_id, b"canary") < share * _PLACES


def in_shadow(row_id: str, share: float) -> bool:
    """Whether the challenger answers this row unseen; true for `share` (0..1) of all ids."""
    return share > 0.0 and _place(row_id, b"shadow") < share * _PLACES


def _place(row_id: str, salt: bytes) -> int:
    """A place among 2**64, evenly spread over the ids."""
    return int.from_bytes(blake2b(row_id.encode(), digest_size=8, person=salt).digest(), "big")
