"""A forked process that is killed at one of the statements it gives one database, counted from the first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from benchmarks.decisions import stepping
from benchmarks.decisions.children import Child
from infra.wiring import forget_ports

_READS = ("SELECT", "PRAGMA", "BEGIN")


def dying_at(step: int | None, database: str, *, writes_alone: bool) -> AbstractContextManager[list[str]]:
    """The statements and commits on that database as they come; the one at `step` is the last thing this process does.

    Args:
        step: None: none of them.
        database: as SQLAlchemy's URL names it: a file's path, or a server's database.
        writes_alone: what only reads is no step.
    """

    def named(connection: Connection, said: str) -> str:
        words = said.split()[:3]
        is_step = connection.engine.url.database == database and not (writes_alone and words[0] in _READS)
        is_renewal = threading.current_thread().name == "lease"  # there are more of them, the longer the work takes
        return " ".join(words) if is_step and not is_renewal else ""

    return stepping.dying_at(step, named)


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
