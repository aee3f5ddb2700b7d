"""What the processes of a service hold, sample by sample: resident memory, file descriptors, threads.

They are told apart by their command lines. It knows nothing of load.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import psutil

LASTING = ("api", "flows", "ready", "prefect", "mlflow")
"""The processes that stay; a flow run has two of its own, for as long as it takes, which are called `run`."""
_FORKED = {"flows": "ready", "ready": "run"}
"""A process that was forked looks like the one it came from, and is another thing."""
_MARKS = {
    "services.cli serve": "api",
    "services.cli flows": "flows",
    "prefect server": "prefect",
    "prefect.server": "prefect",
    "mlflow": "mlflow",
    "services.cli up": "up",
}


@dataclass(frozen=True, kw_only=True)
class Held:
    """By the processes of one role."""

    rss_bytes: int = 0
    own_bytes: int = 0
    """Of it what is no other file's: memory that was asked for and written to."""
    descriptors: int = 0
    threads: int = 0
    processes: int = 0

    def __add__(self, other: Held) -> Held:
        return Held(
            rss_bytes=self.rss_bytes + other.rss_bytes,
            own_bytes=self.own_bytes + other.own_bytes,
            descriptors=self.descriptors + other.descriptors,
            threads=self.threads + other.threads,
            processes=self.processes + other.processes,
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look; `at` is in seconds since the first."""

    at: float
    held: Mapping[str, Held]

    def of(self, *roles: str) -> Held:
        """What those roles hold together."""
        return sum((self.held.get(role, Held()) for role in roles), Held())


class Watch:
    """Looks at a process and all below it again and again, in a thread of its own; use it in a `with` block.

    Each sample is a line of the file `note` as well, for whoever cannot wait until the end.
    """

    def __init__(self, pid: int, note: Path, every_seconds: float = 10.0) -> None:
        self._root, self._note, self._every = psutil.Process(pid), note, every_seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="soak watch", daemon=True)
        self.samples: list[Sample] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _look_on(self) -> None:
        began = time.monotonic()
        while not self._ending.is_set():
            self.samples.append(Sample(at=time.monotonic() - began, held=look(self._root)))
            with self._note.open("a", encoding="ascii") as note:
                note.write(json.dumps(asdict(self.samples[-1])) + "\n")
            self._ending.wait(self._every)


def look(root: psutil.Process) -> dict[str, Held]:
    """What each role holds now."""
    found: dict[str, Held] = {}
    roles: dict[int, str] = {}
    for process in root.children(recursive=True):  # parents come before their children
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
            role = role_of(process.cmdline(), roles.get(process.ppid()))
            if role is not None:
                roles[process.pid] = role
                found[role] = found.get(role, Held()) + _held(process)
    return found


def role_of(command: list[str], parent: str | None = None) -> str | None:
    """What a process of the service does, of which the role of the one above it is known; None for the guards between.

    >>> role_of(["python", "-S", "-E", "infra/guard.py", "10.0", "python", "-m", "mlflow"])
    >>> role_of(["python", "-m", "services.cli", "serve"]), role_of(["python", "-m", "prefect.flow_engine"])
    ('api', 'run')
    >>> role_of(["python", "-m", "services.cli", "flows"]), role_of(["python", "-m", "services.cli", "flows"], "flows")
    ('flows', 'ready')
    """
    if not command or any(word.endswith("guard.py") for word in command[:4]):
        return None
    said = " ".join(command)
    role = next((role for mark, role in _MARKS.items() if mark in said), "run")
    return _FORKED[parent] if role == "flows" and parent in _FORKED else role


def _held(process: psutil.Process) -> Held:
    with process.oneshot():
        memory = process.memory_info()
        return Held(
            rss_bytes=memory.rss,
            own_bytes=memory.rss - getattr(memory, "shared", 0),
            descriptors=process.num_fds(),
            threads=process.num_threads(),
            processes=1,
        )
