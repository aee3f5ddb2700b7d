"""What happened to a model, as marks on its picture: each says what, when, and where its record is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import quote

from infra.display.wording import moment
from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision, TrainingRun
from services.dashboard.scene import Mark, MarkKind
from services.dashboard.story import Story

DONE = {
    "promote": "promoted",
    "reject": "rejected",
    "rollback": "rolled back",
    "keep": "kept",
    "challenge": "appointed challenger",
    "dismiss": "dismissed as challenger",
}
_KIND_OF_DECISION: Mapping[str, MarkKind] = {"promote": "promotion", "reject": "rejection", "rollback": "rollback"}


def marks_of(story: Story) -> tuple[Mark, ...]:
    """Trainings, decisions and alerts, oldest first."""
    known = {run.id for run in story.runs}
    marks = [_decision_mark(one, known) for one in story.decisions if one.kind in _KIND_OF_DECISION]
    marks += [_run_mark(run) for run in story.runs]
    marks += [_alert_mark(alert) for alert in story.alerts]
    return tuple(sorted(marks, key=lambda mark: mark.at))


def _run_page(model: str, run_id: str) -> str:
    return f"/models/{quote(model, safe='')}/runs/{quote(run_id, safe='')}"


def _decision_mark(decision: PromotionDecision, known_runs: Collection[str]) -> Mark:
    text = f"Version {decision.version} {DONE[decision.kind]}, {moment(decision.at)}: {decision.summary}"
    run = decision.run_id if decision.run_id in known_runs else None
    link = f"#decision-{decision.id}" if run is None else _run_page(decision.model, run)
    return Mark(kind=_KIND_OF_DECISION[decision.kind], at=decision.at, text=text, link=link)


def _run_mark(run: TrainingRun) -> Mark:
    came = f"version {run.version}" if run.version is not None else run.state
    text = f"Training on {run.rows:,} rows, {moment(run.at)}: {came}"
    return Mark(kind="retraining", at=run.at, text=text, link=_run_page(run.model, run.id))


def _alert_mark(alert: Alert) -> Mark:
    text = f"{alert.severity} alert, {moment(alert.opened_at)}, {alert.state}: {alert.message}"
    minor = alert.severity == "info"
    return Mark(kind="alert", at=alert.opened_at, text=text, link=f"/alerts/{quote(alert.id, safe='')}", minor=minor)
