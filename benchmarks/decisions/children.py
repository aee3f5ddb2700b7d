"""Processes forked from one that has imported everything, so that a hundred of them cost what two imports do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

Tell = Callable[[str], None]


class Child:
    """A forked process that tells its parent one line at a time; the last is what its work gave, or its error."""

    def __init__(self, work: Callable[[Tell], str]) -> None:
        back, forth = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(back)
            self._run(work, forth)
        os.close(forth)
        self._lines = os.fdopen(back)

    @staticmethod
    def _run(work: Callable[[Tell], str], forth: int) -> None:
        os.dup2(2, 1)  # what it logs is no part of its parent's answer
        told = os.fdopen(forth, "w", buffering=1)

        def tell(line: str) -> None:
            told.write(line + "\n")

        try:
            tell(work(tell))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
            tell(f"{type(error).__name__}: {error}")
        told.flush()
        os._exit(0)

    def line(self) -> str:
        """The next line; empty when there is none any more."""
        return self._lines.readline().strip()

    def until(self, line: str) -> None:
        """Wait until it says that."""
        while (said := self.line()) != line:
            if not said:
                raise RuntimeError(f"the process ended before it said {line!r}")

    def end(self, number: signal.Signals | None = None) -> str:
        """Its last line, after the signal if one is given."""
        if number is not None:
            os.kill(self.pid, number)
        with self._lines:
            rest = self._lines.read().splitlines()
        os.waitpid(self.pid, 0)
        return rest[-1] if rest else ""
