"""What every correction cost, and what may be spent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Unit = Literal["cpu_second", "gpu_second", "label", "staff_minute", "act", "gb_month", "kwh", "kg_co2e"]
"""`act`: something a person did whose minutes nobody knows. `kg_co2e` has no price, and needs none."""
Stage = Literal[
    "prepare",
    "train",
    "learning_curve",
    "corrections",
    "evidence",
    "baseline",
    "evaluate",
    "register",
    "energy",
    "monitor",
    "report",
    "serve",
    "shadow",
    "storage",
    "label",
    "review",
    "backtest",
]
"""`energy`: what it takes to measure energy. `report`: Evidently's pages. `review`: what people look at and decide."""
Basis = Literal["measured", "estimated", "assumed"]
PRICELESS: frozenset[Unit] = frozenset({"kg_co2e", "kwh"})
"""Units that need no price: nobody pays for the gas, and an hour's price holds its electricity where none is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostEntry:
    """One spend on one stage of one run, paid by one cost centre.

    `amount` is `quantity` × `rate` in `currency`; `rate` is the price of one `unit` at the event time `at`. Both are
    None where no price was given: unpriced, which is not free. `wall_seconds` is kept beside it for reading, and costs
    nothing. `measured` says how the quantity was found, `basis` in a word; `low` and `high` enclose a quantity that
    was estimated.
    """

    id: str
    model: str
    run_id: str | None
    stage: Stage
    at: datetime
    quantity: float
    unit: Unit
    rate: float | None
    amount: float | None
    currency: str
    cost_center: str
    wall_seconds: float
    measured: str
    owner: str = "unowned"
    basis: Basis = "measured"
    low: float | None = None
    high: float | None = None

    @property
    def is_unpriced(self) -> bool:
        """Whether it should have a price, and has none."""
        return self.amount is None and self.unit not in PRICELESS


COMPUTING: tuple[Unit, ...] = ("cpu_second", "gpu_second")


def price_of(entries: Sequence[CostEntry]) -> float | None:
    """What all of it cost, in one currency; None where a second of computing has no price, since the rest is not the
    whole."""
    unpriced = any(entry.is_unpriced for entry in entries if entry.unit in COMPUTING)
    return None if unpriced else amount_of(entries)


def amount_of(entries: Iterable[CostEntry]) -> float:
    """Sum of the amounts that are known, in one currency. Whether that is everything, `is_unpriced` says."""
    return math.fsum(entry.amount for entry in entries if entry.amount is not None)


WhenExceeded = Literal["defer", "alert", "approve"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A cap per calendar month (UTC) in event time, and what to do when a run would exceed it."""

    monthly: float
    when_exceeded: WhenExceeded
