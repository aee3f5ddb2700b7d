"""What is worked out once for all who ask while nothing has changed: twenty open pages cost what one does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

LONGEST_SECONDS = 10.0
"""What no mark tells of, such as a cost, is shown after that long at the latest."""


class Shared(Generic[T]):
    """Values by key, made anew when the mark changes. Threads that ask for one key at once wait for one of them."""

    def __init__(
        self,
        mark: Callable[[], object],
        *,
        seconds: float = LONGEST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`mark` differs from an earlier one when values may have changed; it is asked each time, and must be cheap."""
        self._mark, self._seconds, self._clock = mark, seconds, clock
        self._lock = threading.Lock()
        self._of: object = None
        self._made_at = -seconds
        self._values: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value, made by `make` unless it is there. What `make` raises is raised, and nothing is kept."""
        mark = self._mark()
        with self._lock:
            now = self._clock()
            if mark != self._of or now - self._made_at >= self._seconds:
                self._values, self._of, self._made_at = {}, mark, now
            if key not in self._values:
                self._values[key] = make()
            return self._values[key]
