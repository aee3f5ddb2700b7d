"""The sections `costs` and `budget` of a model file: prices, from when they hold, and what may be spent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from infra.spec.section import Price, Section

Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", json_schema_extra={"accepted": "three capital letters such as `USD`"})
]
Country = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", json_schema_extra={"accepted": "three capital letters such as `DEU` (ISO 3166-1)"}),
]


def _day(value: object) -> object:
    """Pydantic's own words about a day speak of datetimes."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"`{value}` is no day: write one such as `2026-01-01`") from None


Day = Annotated[date, BeforeValidator(_day), Field(json_schema_extra={"accepted": "a day such as `2026-01-01`"})]


class Rates(Section):
    """What one of each costs. None: it has no price, and is shown as unpriced."""

    cpu_hour: Price | None = 0.05
    """An hour of one core."""
    gpu_hour: Price | None = 2.50
    """An hour of one GPU."""
    energy_kwh: Price | None = None
    """A kilowatt-hour; omitted: the price of an hour holds it already."""
    storage_gb_month: Price | None = None
    """A gigabyte kept for a month."""
    staff_hour: Price | None = 60.0
    """An hour of a person."""


class DatedRates(Rates):
    """Rates that hold from the beginning of a day (UTC, event time); what is left out stays as it was before."""

    since: Day = Field(alias="from")
    """The first day on which they hold."""


class StaffMinutes(Section):
    """What a person's act takes. Omitted: the acts are counted, and their minutes are unknown."""

    review: Annotated[float, Field(ge=0.0)] | Literal["measured"] | None = None
    """An alert acknowledged or resolved. `measured`: from its acknowledgement to its resolution."""
    approval: Annotated[float, Field(ge=0.0)] | None = None
    """A retraining approved, a version promoted or taken back by hand."""
    label: Annotated[float, Field(ge=0.0)] | None = None
    """A label given by hand, beside `labels.cost_each`."""


class Costs(Rates):
    """Prices. Nothing is invented: what has no price is shown as unpriced."""

    currency: Currency = "USD"
    """What all amounts are in; nothing is converted."""
    wrong_decision: Price | None = None
    """What one wrong answer costs; of numbers: an error as large as the usual one. Omitted: gains have no price."""
    rates: list[DatedRates] = []
    """Prices that hold from a day on, instead of those above."""
    staff_minutes: StaffMinutes = StaffMinutes()
    """What people's acts take."""
    country: Country | None = None
    """Whose electricity it is; omitted: the carbon dioxide is unknown."""
    energy: Literal["codecarbon", "none"] = "none"
    """What measures the energy of trainings; it takes two CPU seconds once a process. `none`: it is unknown."""

    def at(self, moment: datetime) -> Rates:
        """The rates that hold at an event time: those of the newest day that has begun, over all before it."""
        day = moment.astimezone(UTC).date()
        held = Rates(**{name: getattr(self, name) for name in Rates.model_fields})
        for dated in sorted(self.rates, key=lambda one: one.since):
            if dated.since <= day:
                said = {name: getattr(dated, name) for name in dated.model_fields_set & Rates.model_fields.keys()}
                held = held.model_copy(update=said)
        return held


class MonthlyBudget(Section):
    """What may be spent in a calendar month."""

    monthly: Price
    """The most in a calendar month (UTC, event time)."""
    when_exceeded: Literal["defer", "alert", "approve"] = "defer"
    """What becomes of a retraining that would go beyond it: it waits for the next month, goes ahead with an alert, or
    is approved by a named person."""
