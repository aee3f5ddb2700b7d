"""Windows and alerts, each in one line for a person."""

from __future__ import annotations

from infra.domain.alerts import Alert
from infra.domain.windows import PerformanceReport, Window
from monitoring.alerting import latest_at
from monitoring.coverage import Coverage
from services.cli.moments import shown


def window_line(window: Window) -> str:
    """Which rows, what drifted, and how right the answers were; what is missing says why."""
    parts = [
        f"window {window.index}: {window.rows:,} rows, {shown(window.start)} to {shown(window.end)}",
        drift_words(window),
        performance_words(window.performance) if window.performance else "accuracy unknown, labels not due or missing",
    ]
    return "; ".join([*parts, *([window.note] if window.note else [])])


def drift_words(window: Window) -> str:
    """The share of drifted columns."""
    return "drift unknown" if window.drift is None else f"{window.drift.drifted_share:.0%} of the inputs drifted"


def performance_words(figures: PerformanceReport) -> str:
    """The headline metric with its interval and the rows behind it."""
    if figures.metric == "accuracy":
        value = f"accuracy {figures.value:.1%} ({figures.low:.1%} to {figures.high:.1%})"
    else:
        value = f"mean absolute error {figures.value:.4g} ({figures.low:.4g} to {figures.high:.4g})"
    kind = "" if figures.kind == "measured" else ", estimated"
    covered = figures.others.get("interval_coverage")
    held = "" if covered is None else f", {covered:.1%} within the interval that was promised"
    return f"{value} on {figures.labelled:,} labels{held}{kind}"


def coverage_line(coverage: Coverage) -> str:
    """How much of what should be looked at was looked at; a schedule that never ran is said to be missing."""
    judged = "unknown" if coverage.windows is None else f"{coverage.windows:.0%}"
    if coverage.last_look is None:
        scheduled = "no schedule has looked at it yet: `keepsharp up`, or `keepsharp flows`, does so again and again"
    else:
        scheduled = f"the schedule last looked at {shown(coverage.last_look)}"
    return f"  windows of the last day judged in time: {judged}; {scheduled}"


def alert_line(alert: Alert) -> str:
    """What happened, how bad it is, since when and when last, and the id to answer it by."""
    latest = f", latest at {shown(latest_at(alert))}" if latest_at(alert) > alert.opened_at else ""
    until = f" until {shown(alert.silenced_until)}" if alert.state == "silenced" and alert.silenced_until else ""
    note = f" ({alert.note})" if alert.note else ""
    return (
        f"{alert.id}  {alert.severity:<8}  {alert.state + until:<12}  {alert.model}  since {shown(alert.opened_at)}"
        f"{latest}: {alert.message}{note}"
    )
