"""Profit and loss of a retraining: what it cost against what it was measured to save, and how good forecasts were.

Pure: records in, figures out. The interval takes rows as independent, which flatters where mistakes come in runs.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from infra.domain.returns import Return

_Z = statistics.NormalDist().inv_cdf(0.975)
LEAST_ROWS = 30
_DAY = timedelta(days=1)
Losses = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Profit:
    """One retraining's account. Amounts are in its currency; None: unknown, for want of rows, labels or a price."""

    record: Return
    cost: float | None
    gain_per_decision: float | None
    """Share of decisions improved, less those made worse; for numbers the share of the old error that is gone."""
    low: float | None
    high: float | None
    decisions_improved: float | None
    value: float | None
    """What the improved decisions were worth so far, at the price of a wrong one."""
    cost_per_decision_improved: float | None
    payback_days: float | None
    """How long it takes at this rate to earn the cost; None where it earns nothing."""
    verdict: str

    @property
    def did_pay(self) -> bool | None:
        """Whether a gain is shown and has earned what it cost so far; None while that is unknown."""
        if self.value is None or self.cost is None or self.low is None:
            return None
        return self.low > 0 and self.value > self.cost


def add_rows(record: Return, old: Losses, new: Losses, *, through: datetime, last_seq: int) -> Return:
    """The record with the losses of both versions on further rows, in the rows' order."""
    saved = old - new
    return replace(
        record,
        rows=record.rows + len(saved),
        better=record.better + int((saved > 0).sum()),
        worse=record.worse + int((saved < 0).sum()),
        gain=record.gain + float(saved.sum()),
        gain_squares=record.gain_squares + float((saved**2).sum()),
        old_loss=record.old_loss + float(old.sum()),
        through=max(record.through, through),
        last_seq=last_seq,
    )


def profit_of(record: Return, cost: float | None) -> Profit:
    """The account of one promoted retraining that cost so much."""
    gain, half = _gain(record)
    improved = None if gain is None else gain * record.rows
    value = None if improved is None or record.wrong_decision is None else improved * record.wrong_decision
    days = (record.through - record.at) / _DAY
    daily = None if value is None or days <= 0 else value / days
    per_decision = None if cost is None or improved is None or improved <= 0 else cost / improved
    profit = Profit(
        record=record,
        cost=cost,
        gain_per_decision=gain,
        low=None if gain is None or half is None else gain - half,
        high=None if gain is None or half is None else gain + half,
        decisions_improved=improved,
        value=value,
        cost_per_decision_improved=per_decision,
        payback_days=None if cost is None or daily is None or daily <= 0 else cost / daily,
        verdict="",
    )
    return replace(profit, verdict=_verdict(profit))


def _gain(record: Return) -> tuple[float | None, float | None]:
    """(gain per decision, half of its 95 % interval)."""
    if record.rows < LEAST_ROWS:
        return None, None
    unit = 1.0 if record.task == "classification" else record.old_loss / record.rows
    if unit <= 0:
        return None, None
    mean = record.gain / record.rows
    spread = math.sqrt(max(0.0, record.gain_squares / record.rows - mean**2) / record.rows)
    return mean / unit, _Z * spread / unit


def _verdict(profit: Profit) -> str:
    record = profit.record
    if profit.gain_per_decision is None or profit.low is None or profit.high is None:
        return f"Not measured yet: {record.rows} labelled rows, {LEAST_ROWS} are the least."
    if profit.high < 0:
        return "It did not pay: the version before would have answered better."
    if profit.low <= 0:
        return "It did not pay, so far: no gain over the version before is shown."
    if profit.did_pay is None:
        return "It answers better; what that is worth is unknown without `costs.wrong_decision`."
    return "It paid." if profit.did_pay else "It answers better, and has not earned its cost yet."


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """All retrainings of a model together, and how far the forecasts of the promoted ones were off.

    `bias` is the mean of realised less forecast gain per decision, `error` the mean of its size; `within` is the share
    of forecasts inside the interval of what was realised, and `ratio` all that was realised over all that was forecast.
    `cost` is None where that of one of them is not known.
    """

    retrains: int
    promoted: int
    paid: int
    cost: float | None
    value: float | None
    forecasts: int
    bias: float | None
    error: float | None
    within: float | None
    ratio: float | None


def track_of(profits: Sequence[Profit], *, retrains: int, cost: float | None) -> Track:
    """The track of so many retrainings, promoted or not, that cost so much together."""
    pairs = [
        (profit.gain_per_decision, profit.record.forecast_per_decision, profit)
        for profit in profits
        if profit.gain_per_decision is not None and profit.record.forecast_per_decision is not None
    ]
    off = [realised - forecast for realised, forecast, _ in pairs]
    inside = [(one.low or 0.0) <= forecast <= (one.high or 0.0) for _, forecast, one in pairs]
    forecast = math.fsum(one * profit.record.rows for _, one, profit in pairs)
    realised = math.fsum(one * profit.record.rows for one, _, profit in pairs)
    values = [profit.value for profit in profits if profit.value is not None]
    return Track(
        retrains=retrains,
        promoted=len(profits),
        paid=sum(profit.did_pay is True for profit in profits),
        cost=cost,
        value=math.fsum(values) if values else None,
        forecasts=len(pairs),
        bias=statistics.fmean(off) if off else None,
        error=statistics.fmean(map(abs, off)) if off else None,
        within=sum(inside) / len(inside) if inside else None,
        ratio=realised / forecast if forecast > 0 else None,
    )
