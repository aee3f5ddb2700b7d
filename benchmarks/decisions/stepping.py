"""A process that is killed at one of the statements it gives a database, counted from the first.

It knows no statement; whoever asks first for all of them learns how many there are.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

COMMIT = "COMMIT"


@contextmanager
def dying_at(step: int | None, named: Callable[[Connection, str], str], begins: str = "") -> Iterator[list[str]]:
    """The steps as they come; the one at `step` is the last thing that this process does.

    Args:
        step: None: none of them.
        named: what a statement on a connection, or `COMMIT`, is called as a step; nothing for what is none.
        begins: how the first step's name begins; what comes before it is none.
    """
    steps: list[str] = []
    lock = threading.Lock()

    def note(connection: Connection, said: str) -> None:
        name = named(connection, said)
        with lock:
            if not name or not (steps or name.startswith(begins)):
                return
            steps.append(name)
            if len(steps) - 1 == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def statement(connection: Connection, _cursor: object, said: str, *_rest: object) -> None:
        note(connection, said)

    def commit(connection: Connection) -> None:
        note(connection, COMMIT)

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield steps
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)
