"""What was kept to be told is told, whatever kills whoever tells it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database import open_engine
from infra.domain.alerts import Notice
from infra.notify.delivering import CLAIM_SECONDS
from infra.stores.alerts import SqlAlerts
from infra.stores.notices import SqlOutbox
from tests.unit.infra.notify.building import Receiver, receiver

LATER = CLAIM_SECONDS + 1.0


@pytest.fixture
def database(tmp_path: Path) -> str:
    """An alert with two notices; whoever kept them was killed right after."""
    url = f"sqlite:///{tmp_path / 'keepsharp.db'}"
    assert run("keep", url).returncode == -signal.SIGKILL
    return url


@pytest.fixture
def target() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.integration.deliverer", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def outbox(database: str) -> dict[str, Notice]:
    engine = open_engine(database)
    found = {notice.id: notice for notice in SqlOutbox(engine).page(None, 10)}
    engine.dispose()
    return found


def test_killed_between_commit_and_send_it_is_sent_after_the_restart(database: str, target: Receiver) -> None:
    engine = open_engine(database)
    assert SqlAlerts(engine).get("a1").state == "open"
    engine.dispose()
    assert run("deliver", database, target.url, 0).stdout == "2 0\n"
    assert target.ids() == ["n1", "n2"]
    assert run("deliver", database, target.url, LATER).stdout == "0 0\n"
    assert target.ids() == ["n1", "n2"]


def test_killed_between_send_and_marking_it_is_sent_again_under_the_same_id(database: str, target: Receiver) -> None:
    assert run("deliver", database, target.url, 0, "die-after-sending").returncode == -signal.SIGKILL
    assert target.ids() == ["n1"]
    assert outbox(database)["n1"].state == "waiting"
    assert run("deliver", database, target.url, 1).stdout == "0 0\n"  # the dead one's claim still holds
    assert run("deliver", database, target.url, LATER).stdout == "2 0\n"
    assert sorted(target.ids()) == ["n1", "n1", "n2"]
    first, second = (body for headers, body in target.got if headers["x-keepsharp-id"] == "n1")
    assert first == second
    assert {notice.state for notice in outbox(database).values()} == {"sent"}


def test_while_the_target_is_down_it_is_tried_again_and_nothing_is_lost(database: str, target: Receiver) -> None:
    target.status = 503
    assert run("deliver", database, target.url, 0).stdout == "0 1\n"
    assert run("deliver", database, target.url, 1).stdout == "0 0\n"
    assert run("deliver", database, target.url, LATER).stdout == "0 1\n"
    tried = sum(notice.attempts for notice in outbox(database).values())
    assert tried == 2
    target.status = 200
    assert run("deliver", database, target.url, 10 * LATER).stdout == "2 0\n"
    assert {notice.state for notice in outbox(database).values()} == {"sent"}


def test_of_two_that_deliver_at_once_each_notice_is_sent_by_one(database: str, target: Receiver) -> None:
    words = ["deliver", database, target.url, "0"]
    command = [sys.executable, "-m", "tests.integration.deliverer", *words]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    for process in both:
        assert process.stdout is not None
        process.stdout.close()
    assert sorted(target.ids()) == ["n1", "n2"]
