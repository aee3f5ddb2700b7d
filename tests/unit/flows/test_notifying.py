from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.asking.considering import consider
from flows.notifying import deliver, note_deed, raise_alerts, tell
from flows.retraining.retrain import retrain
from infra.domain.alerts import Alert
from infra.settings import Settings
from monitoring.rules import ACCURACY_DEGRADED, Breach, Judgement
from tests.builders import MODEL, Loop, spec, started, stream, trigger
from tests.unit.infra.notify.building import receiver

HOOK: dict[str, object] = {"notify": ["hook"]}
KEY = f"{MODEL}:{ACCURACY_DEGRADED}"
BREACH = Breach(rule=ACCURACY_DEGRADED, severity="critical", dedup_key=KEY, message="Too many errors.", evidence={})
BROKEN = Judgement(breaches=(BREACH,), judged=frozenset({ACCURACY_DEGRADED}))


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    """600 labelled rows after a change of the concept, and an open alert about it."""
    model_file = spec(
        alerts=HOOK, retraining={"min_labels": 100, "replay": 0.2, "policy": "never", "schedule": "* * * * *"}
    )
    found, _ = started(tmp_path, stream(2000, change=400), 300, model_file)
    found.label(found.serve(600))
    assert raise_alerts(found.desk, BROKEN, at=found.now)
    return found


def only(loop: Loop) -> Alert:
    (alert,) = loop.ports.alerts.page(MODEL, 10)
    return alert


def test_the_same_breach_again_opens_nothing_and_tells_nobody(loop: Loop) -> None:
    assert not raise_alerts(loop.desk, BROKEN, at=loop.now + timedelta(minutes=1))
    assert [notice.event for notice in loop.ports.outbox.page(MODEL, 10)] == ["opened"]


def test_a_column_that_joins_is_news_and_one_that_stays_is_none(loop: Loop) -> None:
    def moved(*columns: str) -> Judgement:
        drift = replace(BREACH, rule="input_drift", severity="warning", dedup_key="drift", named=columns)
        return Judgement(breaches=(drift,), judged=frozenset({"input_drift"}))

    steps = [("price",), ("price",), ("price", "demand"), ("demand",), ("price", "demand")]
    news = [raise_alerts(loop.desk, moved(*names), at=loop.now + timedelta(hours=n)) for n, names in enumerate(steps)]
    assert news == [True, False, True, False, False]
    about_drift = [one for one in loop.ports.outbox.page(MODEL, 10) if one.group.endswith("warning")]
    assert [notice.event for notice in reversed(about_drift)] == ["opened", "joined"]


def test_what_is_due_by_now_is_told_and_delivered(loop: Loop) -> None:
    later = loop.now + timedelta(hours=5)
    tell(loop.desk, now=later)
    with receiver() as found:
        settings = Settings(targets={"hook": found.url}, allowed_hosts=("127.0.0.1",))
        sent = deliver(loop.ports, settings, clock=lambda: later).sent
        assert [notice.event for notice in sent] == ["opened", "reminder"]
        assert found.ids() == [notice.id for notice in sent]


def test_a_retraining_that_was_asked_for_stands_on_the_alert(loop: Loop) -> None:
    asked = consider(loop.desk, now=loop.now)
    assert asked is not None
    (deed,) = only(loop).actions
    assert deed.endswith(f"retraining {asked.state}: {asked.reason}")


def test_a_promotion_answers_the_alert_and_says_so(loop: Loop) -> None:
    asked = trigger(at=loop.now)
    loop.ports.triggers.save(asked)
    outcome = retrain(loop.desk, asked, now=loop.now)
    assert outcome.decision.kind == "promote"
    assert (only(loop).state, only(loop).note) == ("resolved", "version 2 serves instead")
    assert only(loop).actions[-1].endswith("version 2 serves instead")


def test_a_deed_is_written_on_the_alerts_it_is_about_once(loop: Loop) -> None:
    for _ in range(2):
        note_deed(loop.desk, {ACCURACY_DEGRADED}, "version 3 was trained, and rejected", at=loop.now)
    note_deed(loop.desk, {"input_drift"}, "nothing", at=loop.now)
    assert [deed.split(" ", 2)[2] for deed in only(loop).actions] == ["version 3 was trained, and rejected"]
