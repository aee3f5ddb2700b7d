"""What processes below this one take, looked at from outside, and named by what they are.

A process that ends between two looks loses what it took after the last: the operating system adds that up when it is
waited for, so that the sum of all is exact and what is lost is known.
"""

from __future__ import annotations

import resource
import threading
import time
from collections import defaultdict
from collections.abc import Sequence

import psutil

LOOK_SECONDS = 0.5
SERVING, PREFECT, PAGES, OTHER = "serving", "Prefect's server", "Evidently's pages", "guards and trackers"


def children_cpu_seconds() -> float:
    """CPU seconds of all children that ended and were waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kind_of(command: Sequence[str]) -> str:
    """What a process of a replay is.

    >>> kind_of(["python", "-m", "services.cli", "serve", "--port", "1"])
    'serving'
    >>> kind_of(["python", "-S", "-E", "guard.py", "10.0", "python", "-m", "services.cli", "serve"])
    'guards and trackers'
    """
    words = " ".join(command)
    if "guard.py" in words or "resource_tracker" in words:
        return OTHER
    if "services.cli serve" in words:
        return SERVING
    if "prefect" in words:
        return PREFECT
    return PAGES if "multiprocessing" in words else OTHER


class Look:
    """Looks at all processes below this one while the block runs; `seconds` by kind afterwards, `lost` beside them."""

    def __init__(self) -> None:
        self._latest: dict[tuple[int, float], tuple[str, float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._before = 0.0
        self.own_seconds = self.lost = 0.0
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Look:
        self._before = children_cpu_seconds()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        found: dict[str, float] = defaultdict(float)
        for kind, seconds in self._latest.values():
            found[kind] += seconds
        self.seconds = dict(found)
        self.lost = children_cpu_seconds() - self._before - sum(found.values())

    def _watch(self) -> None:
        us = psutil.Process()
        while not self._stop.wait(LOOK_SECONDS):
            for process in us.children(recursive=True):
                self._note(process)
        self.own_seconds = time.thread_time()

    def _note(self, process: psutil.Process) -> None:
        try:
            command, took, begun = process.cmdline(), process.cpu_times(), process.create_time()
        except psutil.NoSuchProcess:
            return  # it ended between the list and the look; what it took is in `lost`
        if command:
            self._latest[process.pid, begun] = kind_of(command), took.user + took.system
