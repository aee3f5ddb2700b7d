"""A forked process that is killed at one of the statements it gives a database, counted from the first.

It knows no statement; whoever asks first for all of them learns how many there are.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

from benchmarks.decisions.children import Child
from infra.wiring import forget_ports

_READS = ("SELECT", "PRAGMA", "BEGIN")


@contextmanager
def dying_at(step: int | None, database: str, *, writes_alone: bool) -> Iterator[list[str]]:
    """The statements and commits on that database as they come; the one at `step` is the last thing this process does.

    Args:
        step: None: none of them.
        database: as SQLAlchemy's URL names it: a file's path, or a server's database.
        writes_alone: what only reads is no step.
    """
    steps: list[str] = []
    lock = threading.Lock()

    def note(name: str) -> None:
        with lock:
            steps.append(name)
            if len(steps) - 1 == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def statement(connection: Connection, _cursor: object, said: str, *_rest: object) -> None:
        words = said.split()[:3]
        if connection.engine.url.database == database and not (writes_alone and words[0] in _READS):
            note(" ".join(words))

    def commit(connection: Connection) -> None:
        if connection.engine.url.database == database:
            note("COMMIT")

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield steps
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


def said_by_child(work: Callable[[], str]) -> str:
    """What the work gives in a forked process: its last word; empty where it was killed."""
    forget_ports()  # a connection that was forked is nobody's
    return Child(lambda _: work()).end()


def spread(count: int, most: int | None) -> Sequence[int]:
    """At most so many of that many places, evenly; all of them when there is no limit.

    >>> list(spread(10, 4)), list(spread(3, None))
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return range(0, count, 1 if most is None else max(1, -(-count // most)))
