"""Budgets at work: gather the purses, hold a retraining that was accepted against them, and look after those held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows.desk import Desk
from flows.ledger.metering import known_cost
from flows.notifying import raise_alerts
from flows.rows.origins import first_trainings
from infra.approving import HELD_UNTIL
from infra.domain.alerts import Trigger
from infra.ledger.months import month_of
from monitoring.budgets import Purse, center_purse, decide_budget, is_near, judge_budgets, judge_overrun

FORECAST_RUNS = 10
"""The forecast of a run is the mean of so many latest ones."""
MANY_RUNS = 200
APPROVAL_DAYS = 14
"""How long a retraining waits for somebody's approval."""


def purses_of(desk: Desk, at: datetime) -> list[Purse]:
    """The budgets that a spend of this model at event time `at` is paid from."""
    spec, costs, month = desk.spec, desk.ports.costs, month_of(at)
    found, name = [], f"{month[0]:%Y-%m}"
    if spec.budget is not None:
        found.append(
            Purse(
                key="model",
                owner=spec.model,
                month=name,
                cap=spec.budget.monthly,
                spent=costs.total(spec.model, *month, currency=spec.costs.currency),
                currency=spec.costs.currency,
                when_exceeded=spec.budget.when_exceeded,
            )
        )
    center = desk.budgets.get(spec.cost_center)
    if center is not None:
        spent = costs.total(None, *month, cost_center=spec.cost_center, currency=center.currency)
        found.append(center_purse(spec.cost_center, center, month[0], spent))
    return found


def forecast_cost(desk: Desk) -> float | None:
    """What the next retraining will cost: the mean of the latest ones, failed ones included; the first training's
    before there is one. None when no cost is known."""
    runs = [run for run in desk.ports.runs.page(desk.spec.model, MANY_RUNS) if "cost" in (run.metrics or {})]
    first = first_trainings(desk)
    later = [run for run in runs if run.trigger_id not in first][:FORECAST_RUNS] or runs[:1]
    known = [cost for run in later if (cost := known_cost(desk.spec, run)) is not None]
    return sum(known) / len(known) if known else None


def bind(desk: Desk, trigger: Trigger, *, now: datetime) -> Trigger:
    """An accepted trigger as the budgets leave it: accepted, held for approval, or refused. Nothing is saved.

    A person who asks approves by asking, and is named.
    """
    if trigger.state != "accepted":
        return trigger
    verdict = decide_budget(purses_of(desk, now), forecast_cost(desk))
    if not verdict.over:
        return trigger
    evidence, reason = {**trigger.evidence, **verdict.evidence}, f"{trigger.reason} {verdict.text}"
    if verdict.outcome == "refuse":
        return replace(trigger, state="refused", reason=reason, evidence=evidence)
    if verdict.outcome == "hold" and trigger.source == "person":
        said = f"{trigger.reason} Approved by {trigger.actor}, who asked for it."
        return replace(trigger, reason=said, evidence={**evidence, "approved_by": trigger.actor})
    if verdict.outcome == "hold":
        until = (now + timedelta(days=APPROVAL_DAYS)).isoformat()
        return replace(trigger, state="held", reason=reason, evidence={**evidence, HELD_UNTIL: until})
    raise_alerts(desk, judge_overrun(verdict, desk.spec.model), at=now)
    return replace(trigger, reason=reason, evidence=evidence)


def review_held(desk: Desk, *, now: datetime) -> list[Trigger]:
    """Those that still wait for approval. One that fits a new month's budget is accepted, one nobody approved in time
    is refused; both are saved."""
    waiting = []
    for trigger in desk.ports.triggers.in_state(desk.spec.model, "held"):
        if decide_budget(purses_of(desk, now), forecast_cost(desk)).outcome == "go":
            said = f"{trigger.reason} The budget of {now:%Y-%m} has room for it."
            desk.ports.triggers.save(replace(trigger, state="accepted", reason=said))
        elif now.isoformat() >= str(trigger.evidence.get(HELD_UNTIL, "")):
            said = f"{trigger.reason} Nobody approved it within {APPROVAL_DAYS} days."
            desk.ports.triggers.save(replace(trigger, state="refused", reason=said))
        else:
            waiting.append(trigger)
    return waiting


def watch_budgets(desk: Desk, *, now: datetime) -> None:
    """Alert when 80 % of a budget is spent, and when all of it is. A cost centre's is told at the model that spent most
    of it."""
    near = [one for one in purses_of(desk, now) if is_near(one)]
    purses = [one for one in near if one.key == "model" or _spends_most(desk, now)]
    if desk.spec.budget is not None or desk.spec.cost_center in desk.budgets:
        raise_alerts(desk, judge_budgets(purses, desk.spec.model), at=now)


def _spends_most(desk: Desk, now: datetime) -> bool:
    spent = desk.ports.costs.by_model(*month_of(now), cost_center=desk.spec.cost_center)
    names = sorted(one.name for one in desk.ports.models.all())
    return desk.spec.model == max(names, key=lambda name: spent.get(name, 0.0), default=desk.spec.model)
