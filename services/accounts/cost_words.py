"""What a statement of costs says in sentences, for a page and a terminal alike. It gathers nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from infra.display.wording import money
from infra.domain.costs import Unit
from infra.ledger.summing import Quantities

if TYPE_CHECKING:
    from infra.ledger.statement import Statement
    from monitoring.returns import Profit, Track

PRICES: Mapping[Unit, str] = {
    "cpu_second": "costs.cpu_hour",
    "gpu_second": "costs.gpu_hour",
    "label": "labels.cost_each",
    "staff_minute": "costs.staff_hour",
    "act": "costs.staff_minutes",
    "gb_month": "costs.storage_gb_month",
    "kwh": "costs.energy_kwh",
}
"""Where a model file gives each unit its price, or its length."""
NOUNS: Mapping[Unit, str] = {
    "cpu_second": "CPU seconds",
    "gpu_second": "GPU seconds",
    "label": "labels",
    "staff_minute": "minutes of people",
    "act": "acts of people whose minutes nobody knows",
    "gb_month": "gigabyte-months",
    "kwh": "kWh",
    "kg_co2e": "kg CO₂e",
}


def measured_lines(statement: Statement) -> Iterator[str]:
    """What was measured and what of it has a price; what is assumed or estimated says so."""
    found = statement.quantities
    cpu = found.get("cpu_second")
    if cpu is not None:
        yield f"measured {cpu.quantity:,.2f} CPU seconds, priced {cpu.priced:,.2f}"
    for unit, one in found.items():
        if unit not in ("kg_co2e", "kwh") and one.quantity > one.priced:
            yield f"unpriced: {_amount(one.quantity - one.priced)} {NOUNS[unit]} (`{PRICES[unit]}` prices them)"
    minutes = found.get("staff_minute")
    if minutes is not None:
        measured = minutes.quantity - minutes.assumed
        yield f"people: {minutes.assumed:,.0f} minutes assumed, {measured:,.0f} measured"
    yield energy_line(statement)


def energy_line(statement: Statement) -> str:
    """Energy with its band and how many runs it is of; unknown where nobody measured."""
    kwh, carbon = statement.quantities.get("kwh"), statement.quantities.get("kg_co2e")
    if kwh is None or not statement.runs_with_energy:
        return "energy: unknown, no training was measured (`costs: {energy: codecarbon}` does)"
    rest = statement.runs - statement.runs_with_energy
    of = f"of {statement.runs_with_energy} trainings" + (f"; that of {rest} is unknown" if rest else "")
    gas = "CO₂ unknown (`costs.country`)" if carbon is None else f"{_band(carbon)} kg CO₂e"
    return f"energy: {_band(kwh)} kWh, {gas}, {of}"


def profit_words(profit: Profit, currency: str) -> str:
    """One account in a line."""
    record, cost = profit.record, "unknown" if profit.cost is None else money(profit.cost, currency)
    if profit.gain_per_decision is None or profit.low is None or profit.high is None:
        return f"cost {cost}. {profit.verdict}"
    gain = f"{profit.gain_per_decision:+.2%} ({profit.low:+.2%} to {profit.high:+.2%}) on {record.rows:,} rows"
    said = "" if record.forecast_per_decision is None else f", forecast {record.forecast_per_decision:+.2%}"
    each = profit.cost_per_decision_improved
    per = "" if each is None else f", {money(each, currency)} for each decision improved"
    days = "" if profit.payback_days is None else f", earned {_days(profit.payback_days)}"
    return f"cost {cost}, gain {gain}{said}{per}{days}. {profit.verdict}"


def track_words(track: Track) -> str:
    """How far the forecasts were off."""
    if not track.forecasts or track.bias is None or track.error is None or track.within is None:
        return "no forecast can be held against what came yet"
    counted = "1 forecast" if track.forecasts == 1 else f"{track.forecasts} forecasts"
    ratio = "" if track.ratio is None else f"; {track.ratio:.2g} times what was forecast came"
    return (
        f"{counted}: off by {100 * track.error:.1f} points on average, bias {100 * track.bias:+.1f}, "
        f"{track.within:.0%} within the interval of what came{ratio}"
    )


def shown_day(at: datetime) -> str:
    """The day of a moment."""
    return f"{at:%Y-%m-%d}"


def _band(one: Quantities) -> str:
    if one.low == one.high == one.quantity:
        return f"{one.quantity:.3g}"
    return f"{one.quantity:.2g} ({one.low:.2g} to {one.high:.2g})"


def _days(days: float) -> str:
    return "within a day" if days < 1 else f"in {days:,.0f} days"


def _amount(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 100 or quantity == int(quantity) else f"{quantity:.2g}"
