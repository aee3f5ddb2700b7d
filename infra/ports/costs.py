"""What was spent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from infra.domain.costs import CostEntry
from infra.domain.returns import Return


class Costs(Protocol):
    """One entry for each spend. The three ways to write differ in what happens to an id that is known."""

    def add(self, entries: Iterable[CostEntry]) -> None:
        """An entry whose id exists is left as it is."""

    def meter(self, entries: Iterable[CostEntry]) -> None:
        """Readings of counters that only run forwards: of two with one id, the larger quantity stands.

        So a reading may be written at every epoch, again, or late, and counts once.
        """

    def accrue(self, entries: Iterable[CostEntry]) -> None:
        """Quantity, amount and wall seconds are added to the entry of the same id."""

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[CostEntry]:
        """Newest first."""

    def of_run(self, run_id: str) -> list[CostEntry]: ...

    def within(self, start: datetime, end: datetime, model: str | None = None) -> list[CostEntry]:
        """Those with event time in [start, end), oldest first."""

    def changes(self, model: str | None = None) -> dict[tuple[str, str], int]:
        """How often each month of a model was written to, by model and month (`2026-11`, UTC); none without entries.

        The count rises with the entries, in the same transaction.
        """

    def total(
        self,
        model: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cost_center: str | None = None,
        currency: str | None = None,
    ) -> float:
        """Sum of the amounts that are known, with event time in [start, end)."""

    def by_model(self, start: datetime, end: datetime, cost_center: str) -> dict[str, float]:
        """What the cost centre pays for each model that it paid anything for, with event time in [start, end)."""

    def is_whole(self, model: str, start: datetime, end: datetime) -> bool:
        """Whether every second of computing with event time in [start, end) has a price, so that `total` is all."""


class Storage(Protocol):
    """What a model's record weighs."""

    def bytes_of(self, model: str) -> Mapping[str, int]:
        """Bytes on disk by kind; a kind that cannot be measured is left out."""


class Returns(Protocol):
    """What came of promoted retrainings."""

    def save(self, record: Return) -> None:
        """Insert, or replace that of the same run."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Return]:
        """Newest first."""
