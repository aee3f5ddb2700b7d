import logging
import threading
from pathlib import Path

import pytest

from infra.domain.errors import Unavailable
from infra.outbox import Outbox, Rejected
from infra.spool import Operation, Spool


class Service:
    """A service that can be switched off, and that refuses number 13."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.up = True

    def send(self, operation: Operation) -> None:
        if not self.up:
            raise Unavailable("switched off")
        if operation.body["number"] == 13:
            raise Rejected("13 is never taken")
        self.heard.append(operation.body["number"])


def _say(outbox: Outbox, *numbers: int) -> None:
    for number in numbers:
        outbox.submit(Operation(kind="say", model="m", run="r", body={"number": number}))
    outbox.settle(5)


def test_sends_at_once_while_the_service_is_there(tmp_path: Path) -> None:
    service = Service()
    outbox = Outbox("service", tmp_path, service.send, 60)
    _say(outbox, 1, 2)
    assert (service.heard, outbox.pending()) == ([1, 2], 0)


def test_keeps_what_cannot_be_sent_and_sends_it_once_in_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    service = Service()
    outbox = Outbox("service", tmp_path, service.send, 60)
    service.up = False
    with caplog.at_level(logging.WARNING):
        _say(outbox, 1, 2, 3)
    assert outbox.pending() == 3
    assert caplog.text.count("service is away") == 1, "while it rests, nothing is tried and nothing repeated"
    service.up = True
    assert outbox.flush(5) == 3
    assert outbox.flush(5) == 0
    assert service.heard == [1, 2, 3]


def test_what_waited_goes_before_what_is_new(tmp_path: Path) -> None:
    service = Service()
    outbox = Outbox("service", tmp_path, service.send, rest_seconds=0)
    service.up = False
    _say(outbox, 1, 2)
    service.up = True
    _say(outbox, 3)
    assert (service.heard, outbox.pending()) == ([1, 2, 3], 0)


def test_another_process_sends_what_this_one_left(tmp_path: Path) -> None:
    service = Service()
    service.up = False
    _say(Outbox("service", tmp_path, service.send, 60), 1)
    service.up = True
    assert Outbox("service", tmp_path, service.send, 60).flush(5) == 1
    assert service.heard == [1]


def test_refused_operation_does_not_block_the_others(tmp_path: Path) -> None:
    service = Service()
    outbox = Outbox("service", tmp_path, service.send, 60)
    service.up = False
    _say(outbox, 1, 13, 2)
    service.up = True
    outbox.flush(5)
    _say(outbox, 13, 3)
    assert (service.heard, outbox.pending(), len(outbox.rejected())) == ([1, 2, 3], 0, 2)


def test_slow_service_holds_nobody_up(tmp_path: Path) -> None:
    gate, service = threading.Event(), Service()

    def slow(operation: Operation) -> None:
        gate.wait()
        service.send(operation)

    outbox = Outbox("service", tmp_path, slow, 60)
    for number in range(3):
        outbox.submit(Operation(kind="say", model="m", run="r", body={"number": number}))
    assert outbox.pending() == 3, "on disk before anything is tried"
    assert not outbox.settle(0.01)
    assert not outbox.settle(60), "what was found slow is not waited for again"
    with pytest.raises(Unavailable, match="a moment ago"):
        outbox.call(lambda: 1, 5)
    gate.set()
    assert outbox.flush(5) in (2, 3), "the one under way may have gone through before it was counted"
    assert service.heard == [0, 1, 2]


def test_waits_for_another_process_that_is_sending(tmp_path: Path) -> None:
    service, other = Service(), Spool(tmp_path)
    outbox = Outbox("service", tmp_path, service.send, 60)
    with other.alone() as alone:
        assert alone
        outbox.submit(Operation(kind="say", model="m", run="r", body={"number": 1}))
        assert not outbox.settle(0.01)
    outbox = Outbox("service", tmp_path, service.send, 60)
    assert outbox.flush(20) in (0, 1)
    assert service.heard == [1]
