"""The CPU clock of this process, shared by all who are charged at the same time, so that every second counts once.

Looks at several models run at once, in threads of one process: were each charged what the process took meanwhile, all
of them together would be charged several times what the machine spent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class SharedClock:
    """What the process takes is shared evenly among the readers that are open; what it takes while none is, is the
    rest: its start, its imports, and whatever is no model's.

    >>> ticks = iter([1.0, 3.0, 7.0, 8.0])
    >>> clock = SharedClock(lambda: next(ticks))
    >>> one, other = clock.open(), clock.open()  # from 1 to 3 the first is alone
    >>> clock.close(one), clock.close(other), clock.rest
    (4.0, 3.0, 1.0)
    """

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock, self._lock = clock, Lock()
        self._open: dict[object, float] = {}
        self._at = self.rest = 0.0

    def open(self) -> object:
        """A new reader, by which it is read and closed."""
        with self._lock:
            self._settle()
            reader = object()
            self._open[reader] = 0.0
        return reader

    def read(self, reader: object) -> float:
        """Its CPU seconds until now."""
        with self._lock:
            self._settle()
            return self._open[reader]

    def close(self, reader: object) -> float:
        """Its CPU seconds in all."""
        with self._lock:
            self._settle()
            return self._open.pop(reader)

    def take_rest(self) -> float:
        """The CPU seconds since the process began, or since this was last asked, in which no reader was open."""
        with self._lock:
            self._settle()
            rest, self.rest = self.rest, 0.0
        return rest

    def _settle(self) -> None:
        now = self._clock()
        passed, self._at = max(0.0, now - self._at), now  # a forked process's own clock begins at 0 again
        for reader in self._open:
            self._open[reader] += passed / len(self._open)
        if not self._open:
            self.rest += passed


OF_THIS_PROCESS = SharedClock()
"""A process has one CPU clock, and all who charge for it share it."""
