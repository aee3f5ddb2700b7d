"""Evidently's own page of each window, made in a process of its own, so that nobody waits for it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from flows.pages import PageOrder, page_order, print_page
from flows.references import Reference
from infra.domain.predictions import Answered
from infra.spec import ModelSpec


@dataclass
class BackgroundPress:
    """Prints pages one after the other in one child process. Close it to wait for those under way."""

    spec: ModelSpec
    _pool: ProcessPoolExecutor = field(
        default_factory=lambda: ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    )
    _under_way: list[Future[None]] = field(default_factory=list)

    def __call__(self, reference: Reference, rows: Sequence[Answered], path: Path) -> None:
        """Order the page of a window."""
        order: PageOrder = page_order(self.spec, reference, rows, path)
        self._under_way.append(self._pool.submit(print_page, order))

    def waiting(self) -> int:
        """Pages not yet printed."""
        return sum(not one.done() for one in self._under_way)

    def close(self) -> list[str]:
        """Wait for every page; what went wrong with any, in words."""
        failures = [str(one.exception()) for one in self._under_way if one.exception() is not None]
        self._pool.shutdown()
        return failures
