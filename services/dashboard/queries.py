"""What the pages show, read through the ports: summaries and decisions, never raw predictions.

It knows nothing of HTML. "Now" is event time: the latest thing that is known of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.wording import Metric
from infra.domain.alerts import Alert
from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.errors import NotFound
from infra.domain.windows import PerformanceReport, Window
from infra.ports import Ports, RegisteredModel
from monitoring.health import Health, health_of
from services.dashboard.model_file import metric_of, spec_of
from services.dashboard.spending import Month, month_of


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One model on one line. `recent` are its last windows, oldest first, without their drift reports."""

    name: str
    owner: str | None
    metric: Metric
    health: Health
    champion: Champion | None
    recent: tuple[Window, ...]
    alerts: tuple[Alert, ...]
    last_run: TrainingRun | None
    last_decision: PromotionDecision | None
    """The one about `last_run`, when it is among the newest decisions."""
    month: Month | None
    currency: str

    @property
    def measured(self) -> tuple[Window, ...]:
        """Recent windows with a measured performance, oldest first."""
        return tuple(window for window in self.recent if _measured(window) is not None)

    @property
    def figures(self) -> PerformanceReport | None:
        """The last measured performance."""
        return _measured(self.measured[-1]) if self.measured else None


def window_of(ports: Ports, name: str, index: int) -> Window:
    """One window.

    Raises:
        NotFound: no such model or window.
    """
    return window_at(ports, ports.models.get(name).name, index)


def window_at(ports: Ports, name: str, index: int) -> Window:
    """One window of a model that is known. Raises NotFound."""
    if not 0 <= index < 2**31:  # more than databases keep
        raise NotFound(f"{name} has no window {index}: its page lists those there are")
    return ports.windows.get(name, index)


def standing_of(ports: Ports, model: RegisteredModel, windows: int) -> Standing:
    """One model with as many of its newest windows."""
    name, spec = model.name, spec_of(model)
    newest = ports.windows.glances(name, windows)
    alerts = ports.alerts.unresolved(name)
    runs, decisions, costs = ports.runs.page(name, 1), ports.decisions.page(name, 5), ports.costs.page(name, 1)
    last_run = runs[0] if runs else None
    known = [window.end for window in newest[:1]] + [entry.at for entry in costs] + [run.at for run in runs]
    cap = spec.budget.monthly if spec and spec.budget else None
    currency = spec.costs.currency if spec else costs[0].currency if costs else ""
    return Standing(
        name=name,
        owner=spec.owner if spec else None,
        metric=metric_of(model, newest),
        health=health_of(alerts, newest[0] if newest else None),
        champion=ports.versions.champion(name),
        recent=tuple(reversed(newest)),
        alerts=tuple(alerts),
        last_run=last_run,
        last_decision=_about(last_run, decisions),
        month=month_of(ports.costs, name, max(known), cap, currency) if known else None,
        currency=currency,
    )


def _about(run: TrainingRun | None, decisions: Sequence[PromotionDecision]) -> PromotionDecision | None:
    return next((one for one in decisions if run is not None and one.run_id == run.id), None)


def _measured(window: Window) -> PerformanceReport | None:
    figures = window.performance
    return figures if figures is not None and figures.kind == "measured" else None
