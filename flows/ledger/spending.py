"""Question 4 of a dossier beyond its run: how often the model is retrained, what that costs, and what budgets leave.

Gathered from the database; `flows.dossier.spending_words` tells it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from flows.desk import Desk
from flows.dossier.composing import ASKED_BY
from flows.dossier.evidence import Evidence
from flows.dossier.spending_words import PastRun, Spending, spending_section
from flows.ledger.budgeting import forecast_cost, purses_of
from flows.ledger.metering import known_cost
from infra.domain.alerts import Trigger
from infra.domain.costs import CostEntry
from infra.domain.decisions import DecisionKind, TrainingRun
from infra.domain.errors import KeepsharpError
from infra.ledger.statement import daily
from infra.ledger.summing import entries_of, group_of, sums_by
from monitoring.outlook import outlook_of

MANY = 1_000
OF_A_TRAINING: tuple[DecisionKind, ...] = ("promote", "reject", "challenge")
_log = logging.getLogger(__name__)


def with_spending(desk: Desk, run: TrainingRun, evidence: Evidence) -> Evidence:
    """The evidence with the account of all retrainings; the run is among them, with what it cost until now.

    A part that cannot be gathered is left out with its reason: the decision stands.
    """
    try:
        return replace(evidence, spending=spending_section(gather_spending(desk, run)))
    except (KeepsharpError, ArithmeticError, ValueError, LookupError) as problem:
        _log.exception("spending of run %s of %s was not gathered", run.id, run.model)
        missing = {**evidence.unmeasured, "spending": f"{type(problem).__name__}: {problem}"}
        return replace(evidence, unmeasured=missing)


def gather_spending(desk: Desk, run: TrainingRun) -> Spending:
    """Every training until the run, what was refused, and the money, at the run's moment in event time."""
    ports, model, currency = desk.ports, desk.spec.model, desk.spec.costs.currency
    runs = [one for one in ports.runs.page(model, MANY) if one.at <= run.at and one.state != "running"]
    triggers = {one.id: one for one in ports.triggers.page(model, MANY)}
    entries = [one for one in entries_of(ports, model) if one.at <= run.at]
    own = [one for one in entries if one.currency == currency]
    return Spending(
        model=model,
        runs=_past(desk, runs, triggers),
        refused=sum(one.state == "refused" and one.at <= run.at for one in triggers.values()),
        by_month=tuple(sums_by(own, "month")),
        training_by_month=tuple(sums_by(_of_trainings(own), "month")),
        by_center=tuple(sums_by(own, "cost_center")),
        purses=tuple(purses_of(desk, run.at)),
        outlook=outlook_of(daily(own, currency), run.at.date()),
        next_run=forecast_cost(desk),
        currency=currency,
        cost_center=desk.spec.cost_center,
    )


def _past(desk: Desk, runs: Sequence[TrainingRun], triggers: dict[str, Trigger]) -> tuple[PastRun, ...]:
    decided = {
        one.run_id: one.kind
        for one in reversed(desk.ports.decisions.page(desk.spec.model, MANY))
        if one.kind in OF_A_TRAINING
    }
    return tuple(
        PastRun(
            at=run.at,
            version=run.version,
            outcome=decided.get(run.id, "reject") if run.state == "succeeded" else run.state,
            asked_by=_source(triggers.get(run.trigger_id)),
            cost=known_cost(desk.spec, run),
        )
        for run in runs
    )


def _of_trainings(entries: Sequence[CostEntry]) -> list[CostEntry]:
    return [one for one in entries if group_of(one) == "training"]


def _source(trigger: Trigger | None) -> str:
    return "unknown" if trigger is None else ASKED_BY.get(trigger.source, trigger.source)
