"""Everything `keepsharp report` tells of one model, gathered; it writes no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from infra.domain.alerts import Alert, Trigger
from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.errors import NotFound
from infra.domain.windows import Window
from infra.ledger.summing import Sum, entries_of, sums_by, totals
from services.accounts.months import Month, latest_month

if TYPE_CHECKING:
    from infra.ports import Ports
    from infra.spec import ModelSpec
    from monitoring.health import Health

MOST_WINDOWS, MOST_ALERTS, MOST_DECISIONS, MOST_TRIGGERS = 500, 50, 50, 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One model as a manager or an auditor asks about it. Windows come oldest first, the rest newest first."""

    spec: ModelSpec
    made_at: datetime
    champion: Champion | None
    run: TrainingRun | None
    """The training that made the champion; None when there is no champion, or it was added by hand."""
    health: Health
    predictions: int
    labels: Mapping[str, int]
    windows: tuple[Window, ...]
    alerts: tuple[Alert, ...]
    decisions: tuple[PromotionDecision, ...]
    triggers: tuple[Trigger, ...]
    """Refused ones alone: the others show as decisions."""
    by_stage: tuple[Sum, ...]
    by_month: tuple[Sum, ...]
    total: Mapping[str, float]
    month: Month | None


def account_of(ports: Ports, spec: ModelSpec, made_at: datetime) -> Account:
    """Gather it from the database alone."""
    from monitoring.health import health_of

    model = spec.model
    champion = ports.versions.champion(model)
    entries = list(entries_of(ports, model))
    return Account(
        spec=spec,
        made_at=made_at,
        champion=champion,
        run=None if champion is None else _run_of(ports, champion),
        health=health_of(ports.alerts.unresolved(model), ports.windows.last(model)),
        predictions=ports.predictions.last_seq(model),
        labels=ports.labels.counts(model),
        windows=tuple(reversed(ports.windows.page(model, MOST_WINDOWS))),
        alerts=tuple(ports.alerts.page(model, MOST_ALERTS)),
        decisions=tuple(ports.decisions.page(model, MOST_DECISIONS)),
        triggers=tuple(one for one in ports.triggers.page(model, MOST_TRIGGERS) if one.state == "refused"),
        by_stage=tuple(sums_by(entries, "stage")),
        by_month=tuple(sums_by(entries, "month")),
        total=totals(entries),
        month=latest_month(ports, spec),
    )


def _run_of(ports: Ports, champion: Champion) -> TrainingRun | None:
    try:
        return ports.runs.get(ports.versions.get(champion.model, champion.version).run_id)
    except NotFound:
        return None
