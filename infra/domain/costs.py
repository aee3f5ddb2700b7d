"""What every correction cost, and what may be spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Unit = Literal["cpu_second", "gpu_second", "label", "staff_minute", "kwh"]
Stage = Literal["prepare", "train", "baseline", "evaluate", "register", "evidence", "monitor", "serve", "label"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CostEntry:
    """One spend on one stage of one run, paid by one cost centre.

    `amount` is `quantity` × `rate` in `currency`; `rate` is the price of one `unit`. `wall_seconds` is kept
    beside it for reading, and costs nothing. `measured` says how the quantity was found.
    """

    id: str
    model: str
    run_id: str | None
    stage: Stage
    at: datetime
    quantity: float
    unit: Unit
    rate: float
    amount: float
    currency: str
    cost_center: str
    wall_seconds: float
    measured: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A cap per calendar month (UTC) in event time, and what to do when a run would exceed it."""

    monthly: float
    when_exceeded: Literal["defer", "alert", "approve"]
