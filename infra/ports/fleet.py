"""All models at once, for the page that shows them side by side: a few reads however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from infra.domain.alerts import Alert
from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.windows import DriftGlance, Window
from infra.ports.versions import RegisteredModel


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """What was measured in one window of the headline metric, with the ends of its interval."""

    index: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """Known amounts of one calendar month (UTC), from `start` on; `currency` is that of the newest entry."""

    start: datetime
    amount: float
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What is known of one model."""

    model: RegisteredModel
    champion: Champion | None
    newest: Window | None
    """The newest window, without its drift report."""
    drift: DriftGlance | None
    """How that window drifted."""
    levels: tuple[Level, ...]
    """Of the newest windows, those that were measured; oldest first."""
    labelled: tuple[int, int] | None
    """Rows with a label and all rows of the window of the last level."""
    alerts: tuple[Alert, ...]
    """Unresolved, oldest first."""
    last_run: TrainingRun | None
    last_decision: PromotionDecision | None
    """The newest one about `last_run`."""
    spent: Spent | None
    """In the month of the latest that is known of the model; None where it has never cost anything."""


class Fleet(Protocol):
    """What is known of all models."""

    def lines(self, windows: int) -> list[Line]:
        """One for each model, by name; levels are of its `windows` newest windows."""

    def marks(self) -> Mapping[str, object]:
        """By model: a value that differs from an earlier one when something was seen, decided, trained or done."""

    def label_marks(self) -> Mapping[str, object]:
        """By model: one that differs when a label joined, rows were drawn to be labelled, or labels held back."""


def month_start(at: datetime) -> datetime:
    """The first moment of a month in UTC."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_end(start: datetime) -> datetime:
    """The first moment of the next month."""
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
