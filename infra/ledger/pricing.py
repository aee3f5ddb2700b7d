"""A measured quantity and the model file's rate at that moment -> one cost entry.

It measures nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infra.domain.costs import Basis, CostEntry, Stage, Unit
from infra.spec import ModelSpec
from infra.spec.money import Rates

SECONDS_PER_HOUR = 3600.0
MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """How much of one unit a stage took, and how that was found. `low` and `high` enclose what was estimated."""

    stage: Stage
    unit: Unit
    amount: float
    measured: str
    basis: Basis = "measured"
    wall_seconds: float = 0.0
    low: float | None = None
    high: float | None = None


def entry_of(quantity: Quantity, spec: ModelSpec, *, entry_id: str, run_id: str | None, at: datetime) -> CostEntry:
    """The entry, priced at the rate that holds at event time `at`; unpriced where there is none."""
    rate = rate_of(quantity.unit, spec, at)
    return CostEntry(
        id=entry_id,
        model=spec.model,
        run_id=run_id,
        stage=quantity.stage,
        at=at,
        quantity=quantity.amount,
        unit=quantity.unit,
        rate=rate,
        amount=None if rate is None else quantity.amount * rate,
        currency=spec.costs.currency,
        cost_center=spec.cost_center,
        wall_seconds=quantity.wall_seconds,
        measured=quantity.measured,
        owner=spec.owner,
        basis=quantity.basis,
        low=quantity.low,
        high=quantity.high,
    )


def rate_of(unit: Unit, spec: ModelSpec, at: datetime) -> float | None:
    """What one unit costs at an event time; None: it has no price."""
    if unit == "label":
        return spec.labels.cost_each
    return _rates_by_unit(spec.costs.at(at)).get(unit)


def _rates_by_unit(rates: Rates) -> Mapping[Unit, float | None]:
    return {
        "cpu_second": _over(rates.cpu_hour, SECONDS_PER_HOUR),
        "gpu_second": _over(rates.gpu_hour, SECONDS_PER_HOUR),
        "kwh": rates.energy_kwh,
        "gb_month": rates.storage_gb_month,
        "staff_minute": _over(rates.staff_hour, MINUTES_PER_HOUR),
    }


def _over(price: float | None, parts: float) -> float | None:
    return None if price is None else price / parts
