"""The sections `costs` and `budget` of a model file: prices, and what may be spent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.spec.section import Price, Section

Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", json_schema_extra={"accepted": "three capital letters such as `USD`"})
]


class Costs(Section):
    """Prices. Nothing is invented: what has no price costs 0 and is shown as unpriced."""

    currency: Currency = "USD"
    cpu_hour: Price = 0.05
    gpu_hour: Price = 2.50
    energy_kwh: Price = 0.15
    staff_hour: Price = 60.0
    wrong_decision: Price | None = None


class MonthlyBudget(Section):
    """What may be spent in a calendar month."""

    monthly: Price
    when_exceeded: Literal["defer", "alert", "approve"] = "defer"
