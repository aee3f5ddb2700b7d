"""What a model has cost: this month in event time, and by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.domain.costs import CostEntry
from infra.ports import Costs


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """Spent in one calendar month (UTC) in the model's currency, None where computing had no price; `cap` is the
    monthly budget, if there is one."""

    start: datetime
    spent: float | None
    cap: float | None

    @property
    def left(self) -> float | None:
        """What the budget has left; None without a budget, or where it is not known what was spent."""
        return None if self.cap is None or self.spent is None else self.cap - self.spent


@dataclass(frozen=True, kw_only=True, slots=True)
class StageCost:
    """What one stage has cost, and its share of all that is priced, 0..1; None where nothing of it has a price."""

    stage: str
    amount: float | None
    share: float | None


def month_of(costs: Costs, model: str, at: datetime, cap: float | None, currency: str) -> Month:
    """The calendar month around `at`. What was paid in another currency, before it was changed, is no part of it."""
    start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    spent = costs.total(model, start, end, currency=currency) if costs.is_whole(model, start, end) else None
    return Month(start=start, spent=spent, cap=cap)


def by_stage(entries: Sequence[CostEntry]) -> list[StageCost]:
    """Largest first, those without a price last."""
    parts: dict[str, list[float]] = {}
    for entry in entries:
        parts.setdefault(entry.stage, []).extend([] if entry.amount is None else [entry.amount])
    amounts = {stage: sum(known) if known else None for stage, known in parts.items()}
    total = sum(amount or 0.0 for amount in amounts.values())
    ordered = sorted(amounts.items(), key=lambda item: (item[1] is None, -(item[1] or 0.0), item[0]))
    return [
        StageCost(stage=stage, amount=amount, share=amount / total if amount is not None and total else None)
        for stage, amount in ordered
    ]
