"""What the pages of costs are given: the account arranged, gauges and pictures placed. It reads no port.

What is unknown or has no price is None here, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.ledger.summing import By, Sum
from infra.ledger.tallies import ENERGY
from monitoring.outlook import Forecast
from services.accounts import cost_words
from services.accounts.backtests import Kept
from services.accounts.cost_pictures import month_bars, parts_of
from services.accounts.costs import CostAccount
from services.dashboard.policy_picture import policy_picture

CHOICES: tuple[tuple[By, str], ...] = (
    ("month", "Month"),
    ("model", "Model"),
    ("cost_center", "Cost centre"),
    ("stage", "Stage"),
    ("owner", "Owner"),
)
WIDTHS = {"wide": 860.0, "narrow": 340.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """One budget of a month, in shares of what the picture holds; `forecast` is None where nobody can tell."""

    owner: str
    model: str | None
    month: str
    spent: float | None
    cap: float | None
    currency: str
    spent_width: float
    cap_at: float | None
    forecast: Forecast | None
    forecast_at: float | None

    @property
    def left(self) -> float | None:
        """None without a budget, or where it is not known what was spent."""
        return None if self.cap is None or self.spent is None else self.cap - self.spent

    @property
    def state(self) -> str:
        """In a word, so that no colour has to say it."""
        if self.cap is None:
            return "no budget"
        if self.spent is None:
            return "unknown: computing has no price"
        if self.spent > self.cap:
            return "over budget"
        if self.forecast is not None and self.forecast.value > self.cap:
            return "will exceed it"
        return "within budget"


def costs_view(account: CostAccount, by: By, sums: Sequence[Sum], backtests: dict[str, Kept]) -> dict[str, object]:
    """For `costs.html`."""
    statement, currency = account.statement, account.currency
    return {
        "statement": statement,
        "account": account,
        "currency": currency,
        "whole": statement.total.get(currency, 0.0),
        "others": {name: amount for name, amount in statement.total.items() if name != currency},
        "outlook": account.outlooks.get(currency),
        "by": by,
        "choices": CHOICES,
        "sums": [(one, _share(one, account)) for one in sums],
        "bars": _bars(statement.by_month, currency),
        "shares": parts_of([one for one in statement.by_group if one.currency == currency]),
        "gauges": gauges(account),
        "profits": account.profits,
        "track": cost_words.track_words(account.track),
        "notes": [one for one in cost_words.measured_lines(statement) if not one.startswith("energy:")],
        "energy": {unit: statement.quantities.get(unit) for unit in ENERGY},
        "energy_methods": sorted(account.tally.methods),
        "backtests": [(name, kept, policy_picture(kept.found)) for name, kept in backtests.items()],
    }


def gauges(account: CostAccount) -> list[Gauge]:
    """The latest month of each model and cost centre; those nearest to their cap, or over it, first."""
    alone = account.statement.model is not None
    found = []
    for name, month in account.months.items():
        outlook = account.outlooks.get(month.currency) if alone else None
        forecast = outlook.month if outlook is not None else None
        found.append(_gauge(name, name, month.name, month.spent, month.budget, month.currency, forecast))
    found += [_gauge(one.owner, None, one.month, one.spent, one.cap, one.currency, None) for one in account.centers]
    return sorted(
        found, key=lambda one: (one.cap is None, -((one.spent or 0.0) / one.cap if one.cap else 0.0), one.owner)
    )


def _gauge(
    owner: str,
    model: str | None,
    month: str,
    spent: float | None,
    cap: float | None,
    currency: str,
    forecast: Forecast | None,
) -> Gauge:
    known = [spent or 0.0, cap or 0.0, forecast.value if forecast else 0.0]
    whole = max(known) * 1.02 or 1.0
    return Gauge(
        owner=owner,
        model=model,
        month=month,
        spent=spent,
        cap=cap,
        currency=currency,
        spent_width=round(100 * (spent or 0.0) / whole, 2),
        cap_at=None if cap is None else round(100 * cap / whole, 2),
        forecast=forecast,
        forecast_at=None if forecast is None else round(100 * forecast.value / whole, 2),
    )


def _bars(months: Sequence[Sum], currency: str) -> dict[str, object]:
    shown = [one for one in months if one.currency == currency]
    return {name: month_bars(shown, width) for name, width in WIDTHS.items()}


def _share(one: Sum, account: CostAccount) -> float | None:
    total = account.statement.total.get(one.currency)
    return one.amount / total if total and one.unpriced < one.entries else None
