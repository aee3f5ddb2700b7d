"""What the templates are given: pictures drawn and records arranged. It reads no port and writes no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.display.wording import moment
from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision
from services.dashboard.chart import AcceptedLevel, Mark, MarkKind, draw
from services.dashboard.queries import MOST_COSTS, Standing, Story, accepted_levels
from services.dashboard.sparkline import HEIGHT, WIDTH, sparkline
from services.dashboard.spending import by_stage

CHART_WIDTHS = {"wide": 960, "narrow": 360}
_KIND_OF_DECISION: Mapping[str, MarkKind] = {"promote": "promotion", "reject": "rejection", "rollback": "rollback"}
_SEVERITIES = ("critical", "warning", "info")
_DONE = {
    "promote": "promoted",
    "reject": "rejected",
    "rollback": "rolled back",
    "keep": "kept",
    "challenge": "appointed challenger",
    "dismiss": "dismissed as challenger",
}


def fleet_view(rows: Sequence[Standing]) -> dict[str, object]:
    """For `fleet.html`."""
    return {
        "rows": [{"standing": row, "spark": _spark(row), "retrain": retrain_words(row)} for row in rows],
        "spark_size": (WIDTH, HEIGHT),
    }


def model_view(story: Story) -> dict[str, object]:
    """For `model.html`."""
    standing = story.standing
    levels = [AcceptedLevel(start=start, end=end, value=value) for start, end, value in accepted_levels(story)]
    marks = marks_of(story)
    charts = {
        name: draw(story.windows, levels, marks, metric=standing.metric, width=width)
        for name, width in CHART_WIDTHS.items()
    }
    resolved = [alert for alert in story.alerts if alert.state == "resolved"]
    return {
        "standing": standing,
        "retrain": retrain_words(standing),
        "charts": charts,
        "windows": tuple(reversed(story.windows)),
        "unresolved": sorted(standing.alerts, key=_worst_then_newest),
        "resolved": resolved,
        "decisions": story.decisions,
        "done": _DONE,
        "stages": by_stage(story.costs),
        "costs_cut": len(story.costs) == MOST_COSTS,
        "runs": story.runs,
    }


def marks_of(story: Story) -> list[Mark]:
    """Decisions and alerts as marks on the chart, oldest first."""
    marks = [_decision_mark(one) for one in story.decisions if one.kind in _KIND_OF_DECISION]
    marks += [_alert_mark(alert) for alert in story.alerts]
    return sorted(marks, key=lambda mark: mark.at)


def retrain_words(standing: Standing) -> str | None:
    """What became of the last training, in a few words; None before the first."""
    run, decision = standing.last_run, standing.last_decision
    if run is None:
        return None
    if decision is not None:
        return f"version {decision.version} {_DONE[decision.kind]}"
    return f"version {run.version} awaits judgement" if run.state == "succeeded" and run.version else run.state


def _worst_then_newest(alert: Alert) -> tuple[int, float]:
    return _SEVERITIES.index(alert.severity), -alert.opened_at.timestamp()


def _spark(row: Standing) -> object:
    values = [window.performance.value for window in row.measured if window.performance is not None]
    return sparkline(values, row.champion.accepted if row.champion else None)


def _decision_mark(decision: PromotionDecision) -> Mark:
    text = f"Version {decision.version} {_DONE[decision.kind]}, {moment(decision.at)}: {decision.summary}"
    return Mark(kind=_KIND_OF_DECISION[decision.kind], at=decision.at, text=text, link=f"#decision-{decision.id}")


def _alert_mark(alert: Alert) -> Mark:
    text = f"{alert.severity} alert, {moment(alert.opened_at)}, {alert.state}: {alert.message}"
    minor = alert.severity == "info"
    return Mark(kind="alert", at=alert.opened_at, text=text, link=f"#alert-{alert.id}", minor=minor)
