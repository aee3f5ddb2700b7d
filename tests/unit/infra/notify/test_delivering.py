from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.domain.alerts import Notice
from infra.domain.errors import Unavailable
from infra.memory import memory_ports
from infra.notify.delivering import (
    CLAIM_SECONDS,
    LEASE_NAME,
    MOST_ATTEMPTS,
    Delivered,
    delay_seconds,
    deliver_alone,
    deliver_due,
)
from infra.ports import Ports
from tests.unit.infra.notify.building import NOW, a_notice, an_alert


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Recorder:
    """A target that keeps what it is sent; `act` may refuse it first."""

    act: Callable[[Notice], None] = lambda notice: None
    got: list[str] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        self.act(notice)
        self.got.append(notice.id)


def away(notice: Notice) -> None:
    raise Unavailable(f"{notice.target} did not answer")


def waiting(folder: Path, *notices: Notice) -> Ports:
    ports = memory_ports(folder)
    ports.alerts.save(an_alert(), notices)
    return ports


def stored(ports: Ports, name: str = "n1") -> Notice:
    return next(notice for notice in ports.outbox.page(None, 100) if notice.id == name)


def round_of(ports: Ports, clock: Clock, **senders: Recorder) -> Delivered:
    return deliver_due(ports.outbox, senders, clock=clock, chance=lambda: 0.0)


def test_what_is_due_is_sent_once_and_what_is_not_waits(tmp_path: Path) -> None:
    later = a_notice("n2", not_before=NOW + timedelta(hours=1))
    ports, clock, chat = waiting(tmp_path, a_notice(), later), Clock(), Recorder()
    assert [notice.id for notice in round_of(ports, clock, chat=chat).sent] == ["n1"]
    assert round_of(ports, clock, chat=chat) == Delivered()
    clock.pass_seconds(3600)
    round_of(ports, clock, chat=chat)
    assert (chat.got, stored(ports).state) == (["n1", "n2"], "sent")


def test_a_target_that_is_away_is_tried_again_and_nothing_is_lost(tmp_path: Path) -> None:
    ports, clock, chat = waiting(tmp_path, a_notice()), Clock(), Recorder(act=away)
    waits = []
    for _ in range(4):
        (retried,) = round_of(ports, clock, chat=chat).retried
        waits.append((retried.not_before - clock.now).total_seconds())
        assert round_of(ports, clock, chat=chat) == Delivered()
        clock.now = retried.not_before
    assert waits == [10.0, 20.0, 40.0, 80.0]
    assert (retried.attempts, retried.problem) == (4, "chat did not answer")
    chat.act = lambda notice: None
    round_of(ports, clock, chat=chat)
    assert (chat.got, stored(ports).state, stored(ports).problem) == (["n1"], "sent", "")


def test_after_many_attempts_it_has_failed_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ports, clock, chat = waiting(tmp_path, a_notice(attempts=MOST_ATTEMPTS - 1)), Clock(), Recorder(act=away)
    (failed,) = round_of(ports, clock, chat=chat).failed
    assert (failed.state, failed.attempts) == ("failed", MOST_ATTEMPTS)
    assert "given up on" in caplog.text
    clock.pass_seconds(10**6)
    assert round_of(ports, clock, chat=chat) == Delivered()


def test_a_target_that_is_away_is_asked_once_a_round_and_holds_up_no_other(tmp_path: Path) -> None:
    many = [a_notice(f"n{place}", created_at=NOW + timedelta(seconds=place)) for place in range(5)]
    other = a_notice("m1", target="pager", created_at=NOW + timedelta(seconds=9))
    asked: list[str] = []

    def refuse(notice: Notice) -> None:
        asked.append(notice.id)
        away(notice)

    ports, clock, pager = waiting(tmp_path, *many, other), Clock(), Recorder()
    found = round_of(ports, clock, chat=Recorder(act=refuse), pager=pager)
    assert (asked, pager.got, len(found.retried)) == (["n0"], ["m1"], 1)
    assert [stored(ports, f"n{place}").attempts for place in range(5)] == [1, 0, 0, 0, 0]
    assert ports.outbox.due(NOW, 100) == []


def test_a_name_without_an_address_and_a_fault_of_the_sender_are_tried_again(tmp_path: Path) -> None:
    def broken(notice: Notice) -> None:
        raise ZeroDivisionError

    ports, clock = waiting(tmp_path, a_notice(), a_notice("n2", target="pager")), Clock()
    found = round_of(ports, clock, pager=Recorder(act=broken))
    assert [notice.problem for notice in found.retried] == [
        "KEEPSHARP_TARGETS gives no address to chat",
        "pager could not be told: ZeroDivisionError",
    ]


def test_one_that_is_being_sent_is_left_alone_and_comes_back_when_its_sender_died(tmp_path: Path) -> None:
    clock = Clock()

    class Killed(BaseException):
        pass

    def die(notice: Notice) -> None:
        assert ports.outbox.due(clock.now, 10) == []  # nobody else would take it now
        raise Killed

    ports, chat = waiting(tmp_path, a_notice()), Recorder()
    with pytest.raises(Killed):
        round_of(ports, clock, chat=Recorder(act=die))
    assert round_of(ports, clock, chat=chat) == Delivered()
    clock.pass_seconds(CLAIM_SECONDS)
    round_of(ports, clock, chat=chat)
    assert chat.got == ["n1"]


def test_of_two_deliverers_one_sends(tmp_path: Path) -> None:
    ports, clock, chat, second = waiting(tmp_path, a_notice()), Clock(), Recorder(), Recorder()

    def meanwhile(notice: Notice) -> None:
        clock.pass_seconds(1)
        ports.outbox.save(a_notice("n2"))
        assert deliver_alone(ports.outbox, ports.leases, {"chat": second}, clock=clock) == Delivered()

    chat.act = meanwhile
    deliver_alone(ports.outbox, ports.leases, {"chat": chat}, clock=clock)
    assert (chat.got, second.got) == (["n1"], [])
    deliver_alone(ports.outbox, ports.leases, {"chat": second}, clock=clock)
    assert second.got == ["n2"]


def test_a_deliverer_that_was_taken_over_stops(tmp_path: Path) -> None:
    ports, clock = waiting(tmp_path, a_notice(), a_notice("n2")), Clock()

    def too_slow(notice: Notice) -> None:
        clock.pass_seconds(2 * CLAIM_SECONDS)
        ports.leases.acquire(LEASE_NAME, "another", clock.now, CLAIM_SECONDS)

    chat = Recorder(act=too_slow)
    assert deliver_alone(ports.outbox, ports.leases, {"chat": chat}, clock=clock) == Delivered()
    assert chat.got == ["n1"]
    assert stored(ports, "n2").state == "waiting"


def test_jitter_keeps_to_its_quarter() -> None:
    for attempts in range(1, MOST_ATTEMPTS):
        longest, shortest = delay_seconds(attempts, 0.0), delay_seconds(attempts, 1.0)
        assert longest * 0.75 == shortest
        assert longest <= 3600.0
