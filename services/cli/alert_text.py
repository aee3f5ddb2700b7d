"""Alerts and notices for a person: the worst first, with what to do about each and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.domain.alerts import SEVERITIES, Alert, Notice
from monitoring.alerting import BROKEN, BROKEN_AT, JUDGED_AT, OPENED_SEQ, QUIET
from monitoring.joining import SINCE, joinings
from services.cli.lines import alert_line
from services.cli.moments import shown

_INDENT = " " * 4
_BOOKKEEPING = ("report", "place", "last_seq", OPENED_SEQ, QUIET, BROKEN, JUDGED_AT, BROKEN_AT)


def worst_first(alerts: Sequence[Alert]) -> list[Alert]:
    """By severity, then the newest first."""
    return sorted(alerts, key=lambda one: (-SEVERITIES.index(one.severity), -one.opened_at.timestamp()))


def alert_text(alert: Alert, artifacts: Path) -> str:
    """One alert: what, why, since when; then whose it is, what to do, where the evidence lies and what was done."""
    return "\n".join([alert_line(alert), *_details(alert, artifacts)])


def notice_line(notice: Notice) -> str:
    """Who is told what, and how far that got."""
    tried = f" after {notice.attempts} failed attempts" if notice.attempts else ""
    again = f", again at {shown(notice.not_before)}" if notice.state == "waiting" and notice.attempts else ""
    why = f": {notice.problem}" if notice.problem else ""
    return (
        f"{notice.id}  {notice.state:<7}  {shown(notice.created_at)}  to {notice.target}: {notice.subject}"
        f"{f' ({tried.strip()}{again}{why})' if tried or why else ''}"
    )


def _details(alert: Alert, artifacts: Path) -> Iterator[str]:
    figures = {
        name: value
        for name, value in alert.evidence.items()
        if name not in _BOOKKEEPING and not name.startswith(SINCE) and value is not None
    }
    report = alert.evidence.get("report")
    if figures:
        yield f"{_INDENT}figures: " + ", ".join(f"{name} {_figure(value)}" for name, value in figures.items())
    for since, names in joinings(alert.evidence):
        yield f"{_INDENT}since {since}: {', '.join(names)}"
    if alert.owner:
        yield f"{_INDENT}owner: {alert.owner}"
    if alert.runbook:
        yield f"{_INDENT}what to do: {alert.runbook}"
    if report:
        yield f"{_INDENT}evidence: {artifacts / str(report)}"
    for deed in alert.actions:
        yield f"{_INDENT}done: {deed}"


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
