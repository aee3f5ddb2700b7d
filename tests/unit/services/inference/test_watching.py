from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from infra.domain.alerts import Alert
from infra.domain.errors import Unavailable
from infra.domain.labelling import Joined
from infra.domain.predictions import Label, Prediction
from infra.memory import memory_ports
from infra.ports import Ports
from services.inference.watching import KEEP_EVERY, Watching
from tests.unit.services.inference.building import GOOD, MODEL, NOW, bundle, crown, publish, register, running, served

AFTER = NOW + timedelta(hours=1)


def answer(ports: Ports, ids: Sequence[str], version: int = 1) -> None:
    rows = [
        Prediction(model=MODEL, id=name, time=AFTER, features={"speed": 1.0}, value="good", version=version)
        for name in ids
    ]
    ports.predictions.add(rows)


def label(ports: Ports, ids: Sequence[str], value: str) -> None:
    ports.labels.add([Label(model=MODEL, prediction_id=name, value=value, time=AFTER) for name in ids])


def answered(ports: Ports, right: int, wrong: int, *, name: str = "p", version: int = 1) -> None:
    """Answers, and their labels: the right ones first."""
    ids = [f"{name}{number}" for number in range(right + wrong)]
    answer(ports, ids, version)
    label(ports, ids[:right], "good")
    label(ports, ids[right:], "bad")


def degraded(ports: Ports) -> list[Alert]:
    return [alert for alert in ports.alerts.unresolved(MODEL) if alert.rule == "accuracy_degraded"]


def test_the_alarm_waits_for_no_window(tmp_path: Path) -> None:
    ports = served(tmp_path)
    answered(ports, 5, 12)
    (raised,) = Watching(ports).look(MODEL)
    (alert,) = degraded(ports)
    assert (alert.opened_at, alert.severity, alert.state) == (AFTER, "critical", "open")
    assert alert.evidence["last_seq"] == alert.evidence["place"] == raised.place
    assert ports.windows.last(MODEL) is None


def test_two_services_open_one_alert_and_a_restart_opens_no_second(tmp_path: Path) -> None:
    ports = served(tmp_path)
    watchers = [Watching(ports), Watching(ports)]
    answered(ports, 5, 12)
    for watching in (*watchers, Watching(ports)):
        watching.look(MODEL)
    (alert,) = degraded(ports)
    ports.alerts.save(replace(alert, state="resolved", resolved_at=AFTER))
    for watching in (*watchers, Watching(ports)):
        assert watching.look(MODEL) == []
    assert degraded(ports) == []


def test_an_alarm_that_goes_on_being_raised_is_logged_once_for_each_alert(tmp_path: Path) -> None:
    ports = served(tmp_path)
    watching = Watching(ports)
    with capture_logs() as logged:
        answered(ports, 5, 60)
        assert len(watching.look(MODEL)) > 3
        (alert,) = degraded(ports)
        ports.alerts.save(replace(alert, state="resolved", resolved_at=AFTER))
        answered(ports, 0, 60, name="again")
        watching.look(MODEL)
    told = [one["alert"] for one in logged if one["event"] == "the degradation alarm was raised"]
    assert told == [alert.id, degraded(ports)[0].id]
    assert len(set(told)) == 2


def test_labels_in_a_race_open_one_alert(tmp_path: Path) -> None:
    ports, together = served(tmp_path), threading.Barrier(3)
    answered(ports, 5, 12)

    def look() -> None:
        together.wait()
        Watching(ports).look(MODEL)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(degraded(ports)) == 1


def test_what_was_gathered_is_kept_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    ports = served(tmp_path)
    watching, found = Watching(ports), []
    for number in range(9):
        answered(ports, 50, 0, name=f"{number}-")
        watching.look(MODEL)
        kept = ports.alarm_states.get(MODEL)
        assert kept is not None
        found.append(kept.place)
    assert found == [50, 50, 50, 50, 250, 250, 250, 250, 450]
    assert KEEP_EVERY == 200
    answered(ports, 3, 0, name="last")
    watching.look(MODEL)
    watching.keep()
    kept = ports.alarm_states.get(MODEL)
    assert kept is not None
    assert kept.place == 453


def test_a_promotion_begins_anew_and_older_answers_say_nothing_about_it(tmp_path: Path) -> None:
    ports = served(tmp_path)
    watching = Watching(ports)
    answered(ports, 20, 3)
    answer(ports, [f"old{number}" for number in range(20)])
    watching.look(MODEL)
    crown(ports, publish(ports, 2, bundle(2)))
    label(ports, [f"old{number}" for number in range(20)], "bad")
    answered(ports, 4, 0, name="new", version=2)
    assert watching.look(MODEL) == []
    watching.keep()
    kept = ports.alarm_states.get(MODEL)
    assert kept is not None
    assert (kept.version, kept.decision_id, kept.detectors["stream"]["labels"]) == (2, "line-2", 4)


def test_a_model_without_a_champion_is_left_alone(tmp_path: Path) -> None:
    ports = memory_ports(tmp_path)
    register(ports)
    answered(ports, 0, 20)
    assert Watching(ports).look(MODEL) == []
    assert ports.alarm_states.get(MODEL) is None


class Away:
    """Labels of a database that is away until it is back."""

    def __init__(self, ports: Ports) -> None:
        self._labels, self.is_away, self.asked = ports.labels, True, threading.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._labels, name)

    def joined(self, model: str, after: int, limit: int) -> list[Joined]:
        self.asked.set()
        if self.is_away:
            raise Unavailable("the database does not answer")
        return self._labels.joined(model, after, limit)


def test_a_database_that_was_away_costs_no_alarm(tmp_path: Path) -> None:
    ports = served(tmp_path)
    away = Away(ports)
    watching = Watching(replace(ports, labels=away))  # type: ignore[arg-type]  # a proxy of the double
    answered(ports, 5, 12)
    watching.start()
    assert away.asked.wait(10)
    away.is_away = False
    watching.notice(MODEL)
    watching.close()
    assert len(degraded(ports)) == 1
    assert ports.alarm_states.get(MODEL) is not None


@pytest.mark.anyio
async def test_labels_over_http_raise_the_alarm(tmp_path: Path) -> None:
    ports = served(tmp_path)
    async with running(ports) as api:
        for number in range(30):
            found = (await api.predict({"id": f"p{number}", "features": GOOD})).json()["predictions"][0]["value"]
            wrong = "bad" if found == "good" else "good"
            await api.label({"id": f"p{number}", "value": wrong, "time": AFTER.isoformat()})
    (alert,) = degraded(ports)  # what was noticed is followed before the service ends
    assert alert.opened_at == AFTER
