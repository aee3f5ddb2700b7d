"""Child processes that never outlive us, not even when we are killed. It knows no program in particular."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from infra.domain.errors import Unavailable

_GUARD = Path(__file__).with_name("guard.py")
_POLL_SECONDS = 0.1
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A child is on this machine, whatever proxy the environment names."""


class Child:
    """A running program and everything it starts, ended together; use it in a `with` block.

    Args:
        name: what messages call it.
        command: program and arguments.
        environment: variables on top of ours.
        folder: where it runs; ours when None.
        output: where its standard output and error go, as in `subprocess`; ours when None.
        grace_seconds: how long it may take to end once asked, before it is killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        output: int | IO[bytes] | None = None,
        grace_seconds: float = 10.0,
    ) -> None:
        self.name, self._grace = name, grace_seconds
        log = getattr(output, "name", None)
        self.told = f"what it said is in {log}" if isinstance(log, str | Path) else "what it said is above"
        self._guard = subprocess.Popen(
            [sys.executable, "-S", "-E", str(_GUARD), str(grace_seconds), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we end the child ourselves
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )

    @property
    def output(self) -> IO[bytes] | None:
        """What it says, when `output` was `subprocess.PIPE`."""
        return self._guard.stdout

    @property
    def pid(self) -> int:
        """The guard's process; the program and all it starts are below it."""
        return self._guard.pid

    @property
    def running(self) -> bool:
        return self._guard.poll() is None

    def wait(self, timeout_seconds: float | None = None) -> int:
        """Its exit status; 128 + n when signal n ended it. Raises TimeoutError."""
        try:
            status = self._guard.wait(timeout_seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"{self.name} still runs after {timeout_seconds:g} s") from error
        self.ask_to_stop()  # nobody is left to ask: this only closes the line
        return status

    def stop(self) -> int:
        """Ask it to end, kill what has not ended in time; its exit status. Once it has ended this does nothing."""
        self.ask_to_stop()
        status = self.wait(self._grace + 10)
        if self._guard.stdout:
            self._guard.stdout.close()
        return status

    def ask_to_stop(self) -> None:
        """Begin to end it, without waiting."""
        if self._guard.stdin:
            self._guard.stdin.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def end_when_told() -> None:
    """End at once on SIGTERM, with status 143. Main thread only.

    The first process of a container ignores the signal unless it asks for it, and would be killed some time later.
    """
    signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))


def await_answer(child: Child, url: str, seconds: float) -> None:
    """Wait until `url`, which `child` serves, answers with a status below 400.

    Raises:
        Unavailable: the child ended, or nothing answered in time.
    """
    until = time.monotonic() + seconds
    while True:
        if not child.running:
            raise Unavailable(f"{child.name} ended with status {child.wait()} before it served {url}: {child.told}")
        try:
            with _DIRECTLY.open(url, timeout=5):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > until:
                raise Unavailable(
                    f"{child.name} did not serve {url} within {seconds:g} s ({error}): {child.told}; "
                    "where the machine was busy, try again"
                ) from error
        time.sleep(_POLL_SECONDS)
