"""What every `ports.Outbox` and `ports.Heartbeats` does, and how alerts put messages into the outbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.errors import Conflict
from infra.ports import Ports
from tests.contracts.building import NOON, after, alert, heartbeat, notice


def test_a_notice_is_put_in_with_its_alert_and_comes_back_whole(ports: Ports) -> None:
    told = notice("n", not_before=after(-1), problem="", attempts=0)
    ports.alerts.save(alert("a"), [told])
    assert ports.outbox.due(NOON, 10) == [told]
    assert ports.outbox.page("grid", 10) == [told]


def test_a_notice_that_is_in_the_outbox_is_left_as_it_is(ports: Ports) -> None:
    ports.alerts.save(alert("a"), [notice("n")])
    sent = notice("n", state="sent", attempts=1)
    ports.outbox.save(sent)
    ports.alerts.save(alert("a", message="again"), [notice("n"), notice("m", subject="new")])
    assert ports.outbox.page("grid", 10) == [notice("m", subject="new"), sent]
    assert ports.alerts.get("a").message == "again"


def test_an_alert_that_is_refused_tells_nobody(ports: Ports) -> None:
    ports.alerts.save(alert("first", dedup_key="k"))
    with pytest.raises(Conflict):
        ports.alerts.save(alert("second", dedup_key="k"), [notice("n")])
    assert ports.outbox.page(None, 10) == []


def test_an_alert_whose_notice_is_refused_is_not_kept(ports: Ports) -> None:
    with pytest.raises(ValueError, match="not_before"):
        ports.alerts.save(alert("a"), [notice("n"), notice("m", not_before=NOON.replace(tzinfo=None))])
    assert ports.alerts.page("grid", 10) == []
    assert ports.outbox.page(None, 10) == []


def test_due_are_those_that_wait_and_whose_moment_has_come_oldest_first(ports: Ports) -> None:
    notices = [
        notice("late", created_at=after(3), not_before=after(-9)),
        notice("early", created_at=after(1), not_before=after(4)),
        notice("tie", created_at=after(3), not_before=after(4)),
        notice("future", created_at=after(0), not_before=after(5)),
        notice("sent", created_at=after(0), state="sent"),
        notice("failed", created_at=after(0), state="failed"),
        notice("other", model="another", created_at=after(2)),
    ]
    ports.alerts.save(alert("a"), notices)
    assert [found.id for found in ports.outbox.due(after(4), 10)] == ["early", "other", "late", "tie"]
    assert [found.id for found in ports.outbox.due(after(4), 2)] == ["early", "other"]


def test_a_notice_that_failed_comes_again_later(ports: Ports) -> None:
    ports.alerts.save(alert("a"), [notice("n")])
    again = replace(notice("n"), attempts=1, not_before=after(1), problem="the desk did not answer")
    ports.outbox.save(again)
    assert ports.outbox.due(after(0.5), 10) == []
    assert ports.outbox.due(after(1), 10) == [again]


def test_notices_are_paged_newest_first_of_one_model_or_all(ports: Ports) -> None:
    made = [notice(f"n{n}", created_at=after(hour)) for n, hour in enumerate([0, 2, 2, 1])]
    ports.alerts.save(alert("a"), [*made, notice("other", model="another", created_at=after(3))])
    assert [found.id for found in ports.outbox.page("grid", 2)] == ["n2", "n1"]
    assert [found.id for found in ports.outbox.page("grid", 2, 2)] == ["n3", "n0"]
    assert [found.id for found in ports.outbox.page(None, 2)] == ["other", "n2"]


def test_the_newest_sign_of_life_stands_by_name_and_model(ports: Ports) -> None:
    assert ports.heartbeats.all() == []
    ports.heartbeats.beat(heartbeat("retrain"))
    ports.heartbeats.beat(heartbeat("monitor", model="press"))
    ports.heartbeats.beat(heartbeat("monitor"))
    failed = heartbeat("monitor", at=after(1), ok=False, message="the database was away")
    ports.heartbeats.beat(failed)
    assert ports.heartbeats.all() == [failed, heartbeat("monitor", model="press"), heartbeat("retrain")]
    assert ports.heartbeats.last("monitor", failed.model) == failed
    assert ports.heartbeats.last("retrain", "press") is None
