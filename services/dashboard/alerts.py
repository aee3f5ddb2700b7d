"""Alerts as the inbox and an alert's own page show them, read through the ports. It knows nothing of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.display.wording import Metric
from infra.domain.alerts import ANSWERS, SEVERITIES, Alert, Notice, Trigger
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.errors import NotFound
from infra.domain.windows import ColumnDrift, Window
from infra.ports import Ports
from services.dashboard.model_file import metric_of

STANDING = "standing"
STATES = (STANDING, "open", "acknowledged", "silenced", "resolved", "all")
MOST_OF_A_MODEL = 300
MOST_RECORDS = 200
BEFORE_WINDOWS, MOST_WINDOWS = 10, 40
MOST_COLUMNS = 6
_MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which alerts: every field but `state` empty means all."""

    model: str = ""
    state: str = STANDING
    severity: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """The alerts that were wanted, the worst first; `cut` when there are older ones that were not read."""

    alerts: tuple[Alert, ...]
    models: tuple[str, ...]
    standing: int
    """Not resolved, of all models."""
    cut: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One moment in an alert's life, in words."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A retraining that followed: why, the run that it was, and what was decided about its version."""

    trigger: Trigger
    run: TrainingRun | None
    decision: PromotionDecision | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One alert with everything that belongs to it. `windows` lie around it, oldest first."""

    alert: Alert
    metric: Metric
    windows: tuple[Window, ...]
    shifted: tuple[ColumnDrift, ...]
    """The columns that moved most in the newest window it was found in."""
    because: bool
    """Whether the answers were given because of it; else they are what was trained while it stood."""
    answers: tuple[Answer, ...]
    steps: tuple[Step, ...]


def inbox(ports: Ports, wanted: Wanted) -> Inbox:
    """The alerts of one model or all."""
    models = tuple(model.name for model in ports.models.all())
    standing = ports.alerts.unresolved()
    chosen = [wanted.model] if wanted.model else list(models)
    found = [alert for alert in standing if alert.model in chosen]
    cut = False
    if wanted.state in ("resolved", "all"):
        for model in chosen:
            page = ports.alerts.page(model, MOST_OF_A_MODEL, state="resolved")
            found += page
            cut = cut or len(page) == MOST_OF_A_MODEL
    kept = [alert for alert in found if _is_wanted(alert, wanted)]
    return Inbox(alerts=tuple(sorted(kept, key=_worst_first)), models=models, standing=len(standing), cut=cut)


def case_of(ports: Ports, alert_id: str) -> Case:
    """One alert.

    Raises:
        NotFound: there is no such alert.
    """
    alert = ports.alerts.get(alert_id)
    windows = _around(ports, alert)
    because, answers = _answers(ports, alert)
    return Case(
        alert=alert,
        metric=_metric(ports, alert.model),
        windows=windows,
        shifted=_shifted(alert, windows),
        because=because,
        answers=answers,
        steps=_life(alert, ports.outbox.page(alert.model, MOST_RECORDS)),
    )


def ends_at(alert: Alert) -> datetime:
    """Until when it stood, as far as is known."""
    return alert.resolved_at or max(alert.updated_at, alert.opened_at)


def _metric(ports: Ports, model: str) -> Metric:
    try:
        return metric_of(ports.models.get(model))
    except NotFound:
        return "accuracy"


def _is_wanted(alert: Alert, wanted: Wanted) -> bool:
    state = wanted.state == "all" or alert.state == wanted.state
    state = state or (wanted.state == STANDING and alert.state != "resolved")
    return state and wanted.severity in ("", alert.severity)


def _worst_first(alert: Alert) -> tuple[bool, int, float]:
    return alert.state == "resolved", -SEVERITIES.index(alert.severity), -alert.opened_at.timestamp()


def _around(ports: Ports, alert: Alert) -> tuple[Window, ...]:
    """The windows from some before it opened to its end."""
    newest_first = ports.windows.page(alert.model, MOST_RECORDS)
    until = ends_at(alert)
    before = [one for one in newest_first if one.end <= alert.opened_at][:BEFORE_WINDOWS]
    during = [one for one in newest_first if one.end > alert.opened_at and one.start <= until]
    return tuple(reversed((during + before)[:MOST_WINDOWS]))


def _shifted(alert: Alert, windows: Sequence[Window]) -> tuple[ColumnDrift, ...]:
    if "drift" not in alert.rule:
        return ()
    named = alert.evidence.get("window")
    window = next((one for one in windows if one.index == named and one.drift is not None), None)
    columns = window.drift.columns if window is not None and window.drift is not None else ()
    return tuple(sorted(columns, key=lambda one: -one.effect)[:MOST_COLUMNS])


def _answers(ports: Ports, alert: Alert) -> tuple[bool, tuple[Answer, ...]]:
    """Whether any trigger names it as what it answers, and these; else the trainings while it stood. Newest first.

    Triggers of before they named alerts are found by the minute in which the alert's own actions tell of them.
    """
    minutes = {deed[:16] for deed in alert.actions if deed[17:].startswith("retraining ")}
    runs = {run.trigger_id: run for run in reversed(ports.runs.page(alert.model, MOST_RECORDS))}
    verdicts = {one.run_id: one for one in reversed(ports.decisions.page(alert.model, MOST_RECORDS)) if one.run_id}
    because, meanwhile = [], []
    for trigger in ports.triggers.page(alert.model, MOST_RECORDS):
        run, named = runs.get(trigger.id), trigger.evidence.get(ANSWERS)
        answer = Answer(trigger=trigger, run=run, decision=None if run is None else verdicts.get(run.id))
        if alert.id in str(named or "").split():
            because.append(answer)
        elif named is None and f"{trigger.at.astimezone(UTC):{_MINUTE}}" in minutes:
            because += [answer] if run is not None or trigger.state != "refused" else []
        elif run is not None and alert.opened_at < trigger.at <= ends_at(alert):
            meanwhile.append(answer)
    return bool(because or minutes), tuple(because if because or minutes else meanwhile)


def _life(alert: Alert, notices: Sequence[Notice]) -> tuple[Step, ...]:
    """Newest first."""
    steps = [Step(at=alert.opened_at, text="Opened")]
    for deed in alert.actions:
        told = deed[17:]
        at = datetime.strptime(deed[:16], _MINUTE).replace(tzinfo=UTC)
        steps.append(Step(at=at, text=told[:1].upper() + told[1:]))
    steps += [
        Step(at=notice.created_at, text=f"{notice.target} was told ({notice.event}): {notice.state}")
        for notice in notices
        if alert.id in notice.alert_ids
    ]
    if alert.resolved_at is not None:
        steps.append(Step(at=alert.resolved_at, text="Resolved" + (f": {alert.note}" if alert.note else "")))
    steps.reverse()  # of one minute the later stays the later
    return tuple(sorted(steps, key=lambda step: step.at, reverse=True))
