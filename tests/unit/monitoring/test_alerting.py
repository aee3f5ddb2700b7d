from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.alerts import Alert, AlertState, Severity
from monitoring.alerting import advance, answered_by
from monitoring.rules import Breach, Judgement
from tests.unit.monitoring.building import START, spec

HOUR = timedelta(hours=1)
RULE = "accuracy_degraded"
SPEC = spec()


def _judged(*, breached: bool, figure: float = 0.5, rule: str = RULE) -> Judgement:
    breach = Breach(
        rule=rule, severity="critical", dedup_key=f"m:{rule}", message=f"{figure}", evidence={"accuracy": figure}
    )
    return Judgement(breaches=(breach,) if breached else (), judged=frozenset({rule}))


def _at(hour: int) -> datetime:
    return START + hour * HOUR


def _opened() -> Alert:
    (alert,) = advance([], _judged(breached=True), SPEC, at=_at(0))
    return alert


def test_a_breach_opens_one_alert_with_its_evidence() -> None:
    alert = _opened()
    assert (alert.state, alert.rule, alert.opened_at) == ("open", RULE, _at(0))
    assert alert.evidence["accuracy"] == 0.5
    assert _opened().id == alert.id


def test_a_second_breach_brings_the_same_alert_up_to_date() -> None:
    (again,) = advance([_opened()], _judged(breached=True, figure=0.4), SPEC, at=_at(1))
    assert again.id == _opened().id
    assert (again.opened_at, again.updated_at, again.message) == (_at(0), _at(1), "0.4")


def test_how_far_the_first_breach_had_seen_is_kept_beside_how_far_the_newest_has() -> None:
    def breach(seq: int) -> Judgement:
        first = _judged(breached=True)
        return replace(first, breaches=(replace(first.breaches[0], evidence={"last_seq": seq}),))

    (alert,) = advance([], breach(60), SPEC, at=_at(0))
    for hour, seq in ((1, 250), (2, 500)):
        (alert,) = advance([alert], breach(seq), SPEC, at=_at(hour))
    assert (alert.evidence["opened_seq"], alert.evidence["last_seq"]) == (60, 500)


def test_it_resolves_after_two_quiet_windows_and_not_after_one() -> None:
    (quiet,) = advance([_opened()], _judged(breached=False), SPEC, at=_at(1))
    assert quiet.state == "open"
    (resolved,) = advance([quiet], _judged(breached=False), SPEC, at=_at(2))
    assert (resolved.state, resolved.resolved_at) == ("resolved", _at(2))


def test_a_breach_in_between_starts_the_count_again() -> None:
    (quiet,) = advance([_opened()], _judged(breached=False), SPEC, at=_at(1))
    (kept,) = advance([quiet], _judged(breached=True), SPEC, at=_at(2))
    (still,) = advance([kept], _judged(breached=False), SPEC, at=_at(3))
    assert still.state == "open"


def test_a_window_that_could_not_be_judged_changes_nothing() -> None:
    assert advance([_opened()], Judgement(), SPEC, at=_at(1)) == []


def test_an_acknowledged_alert_stays_acknowledged_until_it_resolves() -> None:
    acknowledged = replace(_opened(), state="acknowledged", note="looking")
    (after,) = advance([acknowledged], _judged(breached=True), SPEC, at=_at(1))
    assert (after.state, after.note) == ("acknowledged", "looking")


def test_a_silence_holds_until_its_end_and_is_then_lifted() -> None:
    silenced = replace(_opened(), state="silenced", silenced_until=_at(5))
    (within,) = advance([silenced], _judged(breached=True), SPEC, at=_at(4))
    assert within.state == "silenced"
    (after,) = advance([silenced], _judged(breached=True), SPEC, at=_at(5))
    assert (after.state, after.silenced_until) == ("open", None)


def test_a_silence_ends_even_when_nothing_is_judged() -> None:
    silenced = replace(_opened(), state="silenced", silenced_until=_at(5))
    (after,) = advance([silenced], Judgement(), SPEC, at=_at(6))
    assert after.state == "open"


def test_alerts_of_other_models_are_left_alone() -> None:
    other = replace(_opened(), model="n")
    (fresh,) = advance([other], _judged(breached=True), SPEC, at=_at(1))
    assert fresh.model == "m"


OWN = spec(
    owner="grid-desk",
    alerts={
        "owner": "night-shift",
        "rules": {RULE: {"open_after": 3, "keep_firing_for": 1, "runbook": "https://wiki/x", "severity": "warning"}},
    },
)
BREACH, QUIET, UNJUDGED = "breach", "quiet", "unjudged"


@pytest.mark.parametrize(
    ("judged", "states", "reason"),
    [
        ([BREACH], ["pending"], "one of three"),
        ([BREACH] * 2, ["pending"] * 2, "two of three"),
        ([BREACH] * 3, ["pending", "pending", "open"], "as many as asked for"),
        ([BREACH] * 4, ["pending", "pending", "open", "open"], "it stays open"),
        ([BREACH, BREACH, QUIET], ["pending", "pending", "resolved"], "not in a row: never told"),
        ([BREACH, UNJUDGED, BREACH, BREACH], ["pending", "pending", "pending", "open"], "not judged is no all-clear"),
        ([BREACH] * 3 + [QUIET], ["pending", "pending", "open", "resolved"], "keep_firing_for 1"),
        ([BREACH] * 3 + [UNJUDGED], ["pending", "pending", "open", "open"], "not judged resolves nothing"),
    ],
)
def test_a_rule_opens_and_resolves_as_the_model_file_says(judged: list[str], states: list[str], reason: str) -> None:
    standing: list[Alert] = []
    found = []
    for hour, kind in enumerate(judged):
        judgement = Judgement() if kind == UNJUDGED else _judged(breached=kind == BREACH)
        standing = advance(standing, judgement, OWN, at=_at(hour)) or standing
        found.append(standing[0].state)
    assert found == states, reason
    assert (standing[0].opened_at, standing[0].severity) == (_at(0), "warning")


def test_an_alert_has_the_owner_and_the_runbook_that_the_model_file_names() -> None:
    (named,) = advance([], _judged(breached=True), OWN, at=_at(0))
    assert (named.owner, named.runbook) == ("night-shift", "https://wiki/x")
    assert (_opened().owner, _opened().runbook) == ("unowned", "docs/runbooks.md#accuracy_degraded")


def test_a_rule_that_is_switched_off_opens_nothing_and_closes_what_stands() -> None:
    off = spec(alerts={"rules": {RULE: {"enabled": False}}})
    assert advance([], _judged(breached=True), off, at=_at(0)) == []
    (closed,) = advance([_opened()], _judged(breached=True), off, at=_at(1))
    assert (closed.state, closed.note) == ("resolved", "the rule was switched off in the model file")


def test_a_judgement_that_is_taken_up_again_after_a_crash_counts_once() -> None:
    (once,) = advance([_opened()], _judged(breached=False), SPEC, at=_at(1))
    assert advance([once], _judged(breached=False), SPEC, at=_at(1)) == []
    (pending,) = advance([], _judged(breached=True), OWN, at=_at(0))
    (still,) = advance([pending], _judged(breached=True, figure=0.4), OWN, at=_at(0))
    assert still.evidence["broken_judgements"] == 1


@pytest.mark.parametrize(
    ("before", "severity", "after"),
    [
        ("acknowledged", "critical", "open"),
        ("silenced", "critical", "open"),
        ("open", "critical", "open"),
        ("acknowledged", "warning", "acknowledged"),
        ("acknowledged", "info", "acknowledged"),
        ("silenced", "info", "silenced"),
    ],
)
def test_an_alert_that_becomes_more_severe_speaks_again(
    before: AlertState, severity: Severity, after: AlertState
) -> None:
    until = _at(9) if before == "silenced" else None
    standing = replace(_opened(), severity="warning", state=before, silenced_until=until)
    breach = replace(_judged(breached=True).breaches[0], severity=severity)
    (found,) = advance([standing], Judgement(breaches=(breach,), judged=frozenset({RULE})), SPEC, at=_at(1))
    assert (found.state, found.severity) == (after, severity)
    assert any("became critical" in deed for deed in found.actions) is (severity == "critical")


def test_what_answers_an_alert_is_written_down_on_it() -> None:
    done = answered_by(_opened(), "version 4 serves instead", _at(2))
    assert (done.state, done.note) == ("resolved", "version 4 serves instead")
    assert done.actions == ("2024-01-01 02:00 version 4 serves instead",)


def test_a_rule_that_no_model_file_knows_lives_as_its_breach_says() -> None:
    (made,) = advance([], _judged(breached=True, rule="reload_failed"), SPEC, at=_at(0))
    assert (made.state, made.severity, made.runbook) == ("open", "critical", "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["breach", "quiet", "unjudged"]), max_size=30))
def test_no_key_ever_stands_open_twice_and_ids_are_never_used_again(windows: list[str]) -> None:
    alerts: dict[str, Alert] = {}
    for hour, kind in enumerate(windows):
        judgement = Judgement() if kind == "unjudged" else _judged(breached=kind == "breach")
        standing = [alert for alert in alerts.values() if alert.state != "resolved"]
        for alert in advance(standing, judgement, SPEC, at=_at(hour)):
            earlier = alerts.get(alert.id)
            assert earlier is None or earlier.state != "resolved"
            alerts[alert.id] = alert
        assert sum(alert.state != "resolved" for alert in alerts.values()) <= 1
    if windows and windows[-1] == "breach":
        assert any(alert.state == "open" for alert in alerts.values())
