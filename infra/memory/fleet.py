"""All models at once, from the doubles of the other ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.domain.costs import amount_of
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.windows import Window, glance_at
from infra.ports import (
    Alerts,
    Audits,
    Costs,
    Decisions,
    Deeds,
    Labels,
    Models,
    Quarantines,
    RegisteredModel,
    Runs,
    Triggers,
    Versions,
    Windows,
)
from infra.ports.fleet import Level, Line, Spent, month_end, month_start

_ALL = 10**9


@dataclass(frozen=True, kw_only=True)
class MemoryFleet:
    """The port `Fleet`."""

    models: Models
    windows: Windows
    alerts: Alerts
    versions: Versions
    runs: Runs
    decisions: Decisions
    deeds: Deeds
    triggers: Triggers
    costs: Costs
    labels: Labels
    audits: Audits
    quarantines: Quarantines

    def lines(self, windows: int) -> list[Line]:
        return [self._line(model, windows) for model in self.models.all()]

    def marks(self) -> Mapping[str, object]:
        return {
            model.name: (
                self.deeds.head(model.name),
                self.windows.last(model.name),
                len(self.windows.provisional(model.name)),
                self.runs.page(model.name, 1),
                [(trigger.id, trigger.state) for trigger in self.triggers.page(model.name, _ALL)],
                [(alert.id, alert.state, alert.updated_at) for alert in self.alerts.unresolved(model.name)],
            )
            for model in self.models.all()
        }

    def label_marks(self) -> Mapping[str, object]:
        return {
            model.name: (
                self.labels.last_place(model.name),
                self.audits.page(model.name, 1),
                [(one.id, one.released_at) for one in self.quarantines.page(model.name, _ALL)],
            )
            for model in self.models.all()
        }

    def _line(self, model: RegisteredModel, count: int) -> Line:
        name = model.name
        pages = self.windows.page(name, 1)
        newest = pages[0] if pages else None
        measured = [
            (window.index, window.performance)
            for window in reversed(self.windows.page(name, count))
            if window.performance is not None and window.performance.kind == "measured"
        ]
        last_run = next(iter(self.runs.page(name, 1)), None)
        return Line(
            model=model,
            champion=self.versions.champion(name),
            newest=next(iter(self.windows.glances(name, 1)), None),
            drift=glance_at(newest.index, newest.drift) if newest and newest.drift else None,
            levels=tuple(Level(index=index, value=one.value, low=one.low, high=one.high) for index, one in measured),
            labelled=(measured[-1][1].labelled, measured[-1][1].rows) if measured else None,
            alerts=tuple(self.alerts.unresolved(name)),
            last_run=last_run,
            last_decision=self._about(last_run) if last_run else None,
            spent=self._spent(name, newest, last_run),
        )

    def _about(self, run: TrainingRun) -> PromotionDecision | None:
        return next((one for one in self.decisions.page(run.model, _ALL) if one.run_id == run.id), None)

    def _spent(self, name: str, newest: Window | None, run: TrainingRun | None) -> Spent | None:
        entries = self.costs.page(name, 1)
        if not entries:
            return None
        known = [entries[0].at] + ([newest.end] if newest else []) + ([run.at] if run else [])
        start = month_start(max(known))
        amount = amount_of(self.costs.within(start, month_end(start), name))
        return Spent(start=start, amount=amount, currency=entries[0].currency)
