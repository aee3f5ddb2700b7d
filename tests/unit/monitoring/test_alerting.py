from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.alerts import Alert
from monitoring.alerting import advance
from monitoring.rules import Breach, Judgement
from tests.unit.monitoring.building import START

HOUR = timedelta(hours=1)
RULE = "accuracy_degraded"


def _judged(*, breached: bool, figure: float = 0.5, rule: str = RULE) -> Judgement:
    breach = Breach(
        rule=rule, severity="critical", dedup_key=f"m:{rule}", message=f"{figure}", evidence={"accuracy": figure}
    )
    return Judgement(breaches=(breach,) if breached else (), judged=frozenset({rule}))


def _at(hour: int) -> datetime:
    return START + hour * HOUR


def _opened() -> Alert:
    (alert,) = advance([], _judged(breached=True), model="m", at=_at(0))
    return alert


def test_a_breach_opens_one_alert_with_its_evidence() -> None:
    alert = _opened()
    assert (alert.state, alert.rule, alert.opened_at) == ("open", RULE, _at(0))
    assert alert.evidence["accuracy"] == 0.5
    assert _opened().id == alert.id


def test_a_second_breach_brings_the_same_alert_up_to_date() -> None:
    (again,) = advance([_opened()], _judged(breached=True, figure=0.4), model="m", at=_at(1))
    assert again.id == _opened().id
    assert (again.opened_at, again.updated_at, again.message) == (_at(0), _at(1), "0.4")


def test_it_resolves_after_two_quiet_windows_and_not_after_one() -> None:
    (quiet,) = advance([_opened()], _judged(breached=False), model="m", at=_at(1))
    assert quiet.state == "open"
    (resolved,) = advance([quiet], _judged(breached=False), model="m", at=_at(2))
    assert (resolved.state, resolved.resolved_at) == ("resolved", _at(2))


def test_a_breach_in_between_starts_the_count_again() -> None:
    (quiet,) = advance([_opened()], _judged(breached=False), model="m", at=_at(1))
    (kept,) = advance([quiet], _judged(breached=True), model="m", at=_at(2))
    (still,) = advance([kept], _judged(breached=False), model="m", at=_at(3))
    assert still.state == "open"


def test_a_window_that_could_not_be_judged_changes_nothing() -> None:
    assert advance([_opened()], Judgement(), model="m", at=_at(1)) == []


def test_an_acknowledged_alert_stays_acknowledged_until_it_resolves() -> None:
    acknowledged = replace(_opened(), state="acknowledged", note="looking")
    (after,) = advance([acknowledged], _judged(breached=True), model="m", at=_at(1))
    assert (after.state, after.note) == ("acknowledged", "looking")


def test_a_silence_holds_until_its_end_and_is_then_lifted() -> None:
    silenced = replace(_opened(), state="silenced", silenced_until=_at(5))
    (within,) = advance([silenced], _judged(breached=True), model="m", at=_at(4))
    assert within.state == "silenced"
    (after,) = advance([silenced], _judged(breached=True), model="m", at=_at(5))
    assert (after.state, after.silenced_until) == ("open", None)


def test_a_silence_ends_even_when_nothing_is_judged() -> None:
    silenced = replace(_opened(), state="silenced", silenced_until=_at(5))
    (after,) = advance([silenced], Judgement(), model="m", at=_at(6))
    assert after.state == "open"


def test_alerts_of_other_models_are_left_alone() -> None:
    other = replace(_opened(), model="n")
    (fresh,) = advance([other], _judged(breached=True), model="m", at=_at(1))
    assert fresh.model == "m"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["breach", "quiet", "unjudged"]), max_size=30))
def test_no_key_ever_stands_open_twice_and_ids_are_never_used_again(windows: list[str]) -> None:
    alerts: dict[str, Alert] = {}
    for hour, kind in enumerate(windows):
        judgement = Judgement() if kind == "unjudged" else _judged(breached=kind == "breach")
        standing = [alert for alert in alerts.values() if alert.state != "resolved"]
        for alert in advance(standing, judgement, model="m", at=_at(hour)):
            earlier = alerts.get(alert.id)
            assert earlier is None or earlier.state != "resolved"
            alerts[alert.id] = alert
        assert sum(alert.state != "resolved" for alert in alerts.values()) <= 1
    if windows and windows[-1] == "breach":
        assert any(alert.state == "open" for alert in alerts.values())
