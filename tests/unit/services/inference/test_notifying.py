from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from infra.memory import memory_ports
from infra.notify.delivering import MOST_ATTEMPTS
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.spec import parse_spec
from monitoring.rules import Breach, Judgement
from services.inference.notifying import Notifier, raise_alerts
from tests.unit.infra.notify.building import receiver
from tests.unit.services.inference.building import NOW

TEXT = "model: line\ntask: classification\ndata: {source: p.csv, target: y}\nalerts: {notify: [hook]}\n"
SPEC = parse_spec(TEXT, "line")
BREACH = Breach(rule="input_drift", severity="warning", dedup_key="line:input_drift", message="x moved", evidence={})
BROKEN = Judgement(breaches=(BREACH,), judged=frozenset({"input_drift"}))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def with_model(folder: Path) -> Ports:
    ports = memory_ports(folder)
    ports.models.save(RegisteredModel(name="line", spec_yaml=TEXT, spec_folder=".", registered_at=NOW))
    return ports


def settings(folder: Path, url: str) -> Settings:
    return Settings(home=folder, targets={"hook": url}, allowed_hosts=("127.0.0.1",))


def test_an_alert_is_stored_with_its_notice_and_delivered_at_the_next_look(tmp_path: Path) -> None:
    ports, clock = with_model(tmp_path), Clock()
    (alert,) = raise_alerts(ports, SPEC, BROKEN, at=NOW)
    with receiver() as found:
        notifier = Notifier(ports, settings(tmp_path, found.url), clock)
        notifier.look()
        notifier.look()
        assert len(found.got) == 1
    (notice,) = ports.outbox.page("line", 10)
    assert (notice.state, notice.alert_ids) == ("sent", (alert.id,))


def test_reminders_are_found_by_the_service_itself_once_a_minute(tmp_path: Path) -> None:
    ports, clock = with_model(tmp_path), Clock()
    raise_alerts(ports, SPEC, BROKEN, at=NOW)
    with receiver() as found:
        notifier = Notifier(ports, settings(tmp_path, found.url), clock)
        for minutes in (0, 120, 240, 241, 480):
            clock.now = NOW + timedelta(minutes=minutes)
            notifier.look()
        assert len(found.got) == 3
    assert [one.event for one in ports.outbox.page("line", 10)] == ["reminder", "reminder", "opened"]


def test_what_was_given_up_on_becomes_an_alert_of_its_own(tmp_path: Path) -> None:
    ports, clock = with_model(tmp_path), Clock()
    raise_alerts(ports, SPEC, BROKEN, at=NOW)
    with receiver() as found:
        found.status = 500
        notifier = Notifier(ports, settings(tmp_path, found.url), clock)
        while not any(one.state == "failed" for one in ports.outbox.page("line", 100)):
            notifier.look()
            clock.now += timedelta(hours=2)
        assert len(found.got) >= MOST_ATTEMPTS
        clock.now += timedelta(hours=2)
        notifier.look()
    (failed,) = [alert for alert in ports.alerts.unresolved("line") if alert.rule == "delivery_failed"]
    assert "hook answered 500" in failed.message


def test_a_model_file_that_cannot_be_read_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    ports, clock = with_model(tmp_path), Clock()
    ports.models.save(RegisteredModel(name="bad", spec_yaml="model: [", spec_folder=".", registered_at=NOW))
    raise_alerts(ports, SPEC, BROKEN, at=NOW)
    with receiver() as found, capture_logs() as said:
        Notifier(ports, settings(tmp_path, found.url), clock).look()
        assert len(found.got) == 1
    assert [(one["event"], one["model"]) for one in said] == [("it could not be found out what is to be told", "bad")]
