"""How many requests one key may send: a token bucket, filled evenly. Pure: the moment is passed in.

The count is kept by one process; several replicas each allow the whole rate.
"""

from __future__ import annotations

import math

SECONDS_A_MINUTE = 60.0


class TokenBucket:
    """Holds at most one minute's requests, and starts full; what is unused lapses.

    >>> bucket = TokenBucket(2, now=0.0)
    >>> [bucket.take(0.0), bucket.take(0.0), bucket.take(0.0), bucket.take(30.0)]
    [0, 0, 30, 0]
    """

    def __init__(self, per_minute: int, *, now: float) -> None:
        """`now` is in monotonic seconds.

        Raises:
            ValueError: `per_minute` is below 1.
        """
        if per_minute < 1:
            raise ValueError(f"a rate of {per_minute} requests a minute lets nothing through: give at least 1")
        self.per_minute = per_minute
        self._tokens, self._at = float(per_minute), now

    def take(self, now: float) -> int:
        """0 when one more request may pass, and it is counted; otherwise the whole seconds to wait, at least 1."""
        rate = self.per_minute / SECONDS_A_MINUTE
        self._tokens = min(float(self.per_minute), self._tokens + max(0.0, now - self._at) * rate)
        self._at = max(self._at, now)
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0
        return max(1, math.ceil((1.0 - self._tokens) / rate))
