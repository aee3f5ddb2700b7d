"""What was spent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from infra.domain.costs import CostEntry


class Costs(Protocol):
    """One entry for each spend."""

    def add(self, entries: Iterable[CostEntry]) -> None:
        """An entry whose id exists is left as it is."""

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[CostEntry]:
        """Newest first."""

    def of_run(self, run_id: str) -> list[CostEntry]: ...

    def total(self, model: str | None = None, start: datetime | None = None, end: datetime | None = None) -> float:
        """Sum of amounts with event time in [start, end)."""
