from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from infra.domain.alerts import Alert, Severity
from monitoring.health import health_of
from tests.unit.monitoring.building import report, window

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def alert(severity: Severity, message: str, minutes: int = 0) -> Alert:
    at = NOW + timedelta(minutes=minutes)
    return Alert(
        id=message,
        model="m",
        rule="accuracy",
        severity=severity,
        state="open",
        dedup_key=message,
        opened_at=at,
        updated_at=at,
        message=message,
        evidence={},
    )


def test_the_worst_alert_gives_the_word_and_the_newest_comes_first() -> None:
    critical = [alert("critical", "Old."), alert("critical", "New.", 5)]
    health = health_of([alert("warning", "Mild."), *critical], window(performance=report(0.9)))
    assert (health.word, health.why) == ("degraded", "New. Old.")
    assert health_of([alert("warning", "Mild.")], None).word == "watch"
    assert health_of([alert("critical", f"{n}.", n) for n in range(5)], None).why == "4. 3. 2. And 2 more."


def test_silenced_and_informational_alerts_are_not_heard() -> None:
    silenced = replace(alert("critical", "Quiet."), state="silenced")
    health = health_of([silenced, alert("info", "Hello.")], window(performance=report(0.9)))
    assert health.word == "ok"
    assert "0.9 (measured)" in health.why


def test_what_was_not_measured_is_unknown() -> None:
    assert health_of([], None).word == "unknown"
    unmeasured = health_of([], replace(window(index=4), note="not enough labels (8 of 30)"))
    assert unmeasured.word == "unknown"
    assert "not enough labels (8 of 30)" in unmeasured.why


def test_an_estimate_stands_in_until_the_labels_are_due_and_no_longer() -> None:
    guess = replace(report(0.9), kind="estimated")
    waiting = replace(window(index=4), state="provisional", estimate=guess)
    health = health_of([], waiting)
    assert health.word == "ok"
    assert "0.9 (estimated)" in health.why
    assert health_of([], replace(waiting, state="final")).word == "unknown"
