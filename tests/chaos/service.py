"""A `keepsharp serve` that can be killed and started again within a second, from the nursery. It knows no test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx

from infra.installation import LOOPBACK, free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Nursery:
    """The process that forks services; use it in a `with` block. They end with it."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = folder / "services.log"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **_ONE_THREAD, **(environment or {})},
        )
        self._is_ready = False

    def start(self, environment: Mapping[str, str]) -> Service:
        """A service on a free port, which need not answer yet."""
        if not self._is_ready:
            self._is_ready = self._read() == "ready"
        port = free_port()
        arguments = ["serve", "--port", str(port)]
        pid = int(self._ask({"arguments": arguments, "environment": dict(environment), "output": str(self._log)}))
        return Service(self, pid, f"http://{LOOPBACK}:{port}")

    def wait(self, pid: int) -> int:
        """The exit status of one of its services; minus the signal that ended it."""
        return int(self._ask({"wait": pid}))

    def last_words(self) -> str:
        """The end of what the services said."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, wanted: Mapping[str, object]) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the nursery ended"
        return line.strip()


class Service:
    """One process of the service."""

    def __init__(self, nursery: Nursery, pid: int, url: str) -> None:
        self._nursery, self._pid, self.url = nursery, pid, url

    def await_ready(self) -> None:
        """Wait until it answers for all its models."""
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(base_url=self.url, trust_env=False) as client:
            while not _is_ready(client):
                assert time.monotonic() < deadline, f"it does not become ready: {self._nursery.last_words()}"
                time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL; it is gone afterwards, and that was what ended it."""
        os.kill(self._pid, signal.SIGKILL)
        status = self._nursery.wait(self._pid)
        assert status == -signal.SIGKILL, f"it had ended with status {status}: {self._nursery.last_words()}"

    def stop(self) -> None:
        """SIGTERM; it ended in order."""
        os.kill(self._pid, signal.SIGTERM)
        status = self._nursery.wait(self._pid)
        # uvicorn finishes what it has to, and then raises the signal again for whoever started it
        assert status in (0, -signal.SIGTERM), f"it ended with status {status}: {self._nursery.last_words()}"


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
