"""Whose turn it is to write to a SQLite file: threads and processes queue, so that nobody waits for ever.

SQLite itself keeps no queue: who finds the file locked sleeps up to a tenth of a second and tries again, and finds it
locked again by whoever writes all the time. Here one waits for its place in the queue, and only the first in it for
the turn: two files beside the database, locked (flock) and never written to, which the system unlocks for whoever is
killed. It knows no statement; what does not queue, such as another program, is still kept apart by SQLite's own lock.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.002
MOST_SECONDS = 30.0


class Turns:
    """The queue for one file; one for each engine."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._threads = threading.Lock()
        self._opener = 0
        self._files: tuple[int, int] | None = None

    @contextmanager
    def taken(self, patience_seconds: float | None) -> Iterator[bool]:
        """Whether it is our turn during the block; False when it was not within so long.

        Without a patience it takes as long as the threads of this process need, and `MOST_SECONDS` of other processes.
        """
        if not self._threads.acquire(timeout=-1 if patience_seconds is None else patience_seconds):
            yield False
            return
        try:
            with self._before_others(MOST_SECONDS if patience_seconds is None else patience_seconds) as first:
                yield first
        finally:
            self._threads.release()

    @contextmanager
    def _before_others(self, patience_seconds: float) -> Iterator[bool]:
        files, until = self._open(), time.monotonic() + patience_seconds
        if files is None:
            yield True
            return
        queue, turn = files
        if not _lock(queue, until):
            yield False
            return
        try:
            first = _lock(turn, until)
        finally:
            fcntl.flock(queue, fcntl.LOCK_UN)
        try:
            yield first
        finally:
            if first:
                fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the files back."""
        if self._files is not None and self._opener == os.getpid():
            for file in self._files:
                os.close(file)
        self._files = None

    def _open(self) -> tuple[int, int] | None:
        """The two files, opened anew in a forked process, whose parent's they would be; None where none can be made:
        SQLite will say what is wrong with the folder, or wait by itself."""
        if self._files is None or self._opener != os.getpid():
            try:
                queue = _opened(f"{self._database}-queue")
                self._files, self._opener = (queue, _opened(f"{self._database}-turn")), os.getpid()
            except OSError:
                return None
        return self._files


def _opened(name: str) -> int:
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _lock(file: int, until: float) -> bool:
    """Whether it could be had by then."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True
