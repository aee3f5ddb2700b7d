"""Evidently's own page of each window, made in processes of their own, so that nobody waits for it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from flows.windows.pages import page_order
from flows.windows.references import Reference
from infra.domain.predictions import Answered
from infra.guard import die_with_parent
from infra.spec import ModelSpec
from monitoring.pages import PageOrder, print_page

PRESSES = 2


@dataclass
class BackgroundPress:
    """Prints pages one after the other in child processes, which end with this one."""

    spec: ModelSpec
    _pool: ProcessPoolExecutor = field(
        default_factory=lambda: ProcessPoolExecutor(
            PRESSES, mp_context=multiprocessing.get_context("spawn"), initializer=die_with_parent
        )
    )
    _under_way: list[Future[tuple[int, float]]] = field(default_factory=list)
    _ended_seconds: float = 0.0

    def __call__(self, reference: Reference, rows: Sequence[Answered], path: Path) -> None:
        """Order the page of a window."""
        order: PageOrder = page_order(self.spec, reference, rows, path)
        self._under_way.append(self._pool.submit(_print, order))

    @property
    def ordered(self) -> int:
        """Pages ordered so far, printed ones included."""
        return len(self._under_way)

    @property
    def cpu_seconds(self) -> float:
        """What the processes took, their start included: once they ended, their end as well, which no process can say
        of itself and which is a tenth of a short life; until then, up to the newest page of each."""
        latest: dict[int, float] = {}
        for page in self._under_way:
            if page.done() and not page.cancelled() and page.exception() is None:
                process, seconds = page.result()
                latest[process] = max(latest.get(process, 0.0), seconds)
        return max(self._ended_seconds, sum(latest.values()))

    def finished(self) -> Iterator[str]:
        """Wait for the pages still under way: for each, what went wrong, or an empty text."""
        for page in as_completed(self._under_way):
            problem = page.exception()
            yield f"a page could not be printed: {problem}" if problem else ""

    def __enter__(self) -> BackgroundPress:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for what is under way; after a failure or Ctrl-C, give up what has not begun."""
        before = _children_cpu_seconds()
        self._pool.shutdown(wait=kind is None, cancel_futures=kind is not None)
        self._ended_seconds = _children_cpu_seconds() - before  # a child counts, with its whole life, once it ended


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(order: PageOrder) -> tuple[int, float]:
    """Print a page; (this process, its CPU seconds so far)."""
    print_page(order)
    return os.getpid(), time.process_time()
