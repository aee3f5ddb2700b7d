"""Several programs as one: one log, and when one ends or we are told to stop, all stop.

It knows no program in particular; `keepsharp up` names them.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO

from infra.processes import Child


class Supervisor:
    """Starts children and looks after them until the first ends; use it in a `with` block.

    Args:
        log: every child's lines, each with the child's name before it.
    """

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self._readers: list[threading.Thread] = []
        self._ended: queue.SimpleQueue[Child | None] = queue.SimpleQueue()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """Start a child beside the others."""
        child = Child(name, command, environment=environment, output=subprocess.PIPE)
        reader = threading.Thread(target=self._read, args=(child,), name=f"{name} log", daemon=True)
        self._children.append(child)
        self._readers.append(reader)
        reader.start()
        return child

    def run(self) -> Child | None:
        """Wait until a child ends, and return it, or until Ctrl-C or SIGTERM, and return None. Main thread only."""
        with self._signals_stop():
            return self._ended.get()

    def say(self, name: str, line: str) -> None:
        """Add a line to the log. One that cannot be written is dropped: who stops reading would stop the child."""
        with self._lock, contextlib.suppress(OSError):  # the log's disk is full, and there is nowhere to say so
            self._log.write(f"{name:8} | {line}\n")
            self._log.flush()

    def stop(self) -> None:
        """End every child, all at once, and wait for them."""
        for child in self._children:
            child.ask_to_stop()
        for child, reader in zip(self._children, self._readers, strict=True):
            child.wait()
            reader.join()
            child.stop()

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self, child: Child) -> None:
        for line in child.output or ():
            self.say(child.name, line.decode(errors="replace").rstrip())
        child.wait()
        self._ended.put(child)

    @contextmanager
    def _signals_stop(self) -> Iterator[None]:
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, lambda *_: self._ended.put(None)) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)
