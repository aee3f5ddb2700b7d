"""Whoever is to be told of alerts is away: refuses, never answers, or answers 503, while deliverers are killed as well.

Every notice is told once it is back, each under its own id; one whose sender was killed between sending and writing
that down may be told twice, under the same id, and no other.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from infra.database import migrate, open_engine
from infra.domain.alerts import Notice
from infra.notify.delivering import CLAIM_SECONDS, LONGEST_DELAY_SECONDS, deliver_alone
from infra.notify.webhook import WebhookSender
from infra.settings import Settings
from infra.stores.alerts import SqlAlerts
from infra.stores.leases import SqlLeases
from infra.stores.notices import SqlOutbox
from tests.chaos.ground import Ground
from tests.chaos.stepping import said_by_child
from tests.chaos.toll import Toll
from tests.unit.infra.notify.building import NOW, Receiver, a_notice, an_alert, receiver

NOTICES = 10


def run(ground: Ground) -> Iterator[Toll]:
    """On each database: a round is a receiver that is away for some tries, and comes back."""
    for database in ground.databases:
        began, drawing = time.monotonic(), random.Random(ground.seed)
        losses: list[str] = []
        twice = 0
        for trial in range(ground.effort.trials):
            settings = ground.home(database)
            with receiver() as target:
                found, again = _try(settings, target, trial, drawing)
            losses += found
            twice += again
        yield Toll(
            fault="receiver",
            database=database,
            trials=ground.effort.trials,
            acknowledged=NOTICES * ground.effort.trials,
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note=f"{twice} notices told twice under the same id, by senders that were killed",
        )


def _try(settings: Settings, target: Receiver, trial: int, drawing: random.Random) -> tuple[list[str], int]:
    engine = open_engine(settings.database)
    migrate(engine)
    kept = [f"n{number}" for number in range(NOTICES)]
    SqlAlerts(engine).save(an_alert(), [a_notice(name) for name in kept])
    engine.dispose()
    later, target.status = 0.0, 503
    for _ in range(3):
        away = ("http://127.0.0.1:9/hook", target.url)[trial % 2]
        said_by_child(lambda: _deliver(settings, away, later, die=False))  # noqa: B023 - it ends within
        later += LONGEST_DELAY_SECONDS
    target.status = 200
    target.got.clear()
    kills = drawing.randint(1, 3)
    for turn in range(kills + NOTICES):
        said_by_child(lambda: _deliver(settings, target.url, later, die=turn < kills))  # noqa: B023
        later += max(LONGEST_DELAY_SECONDS, CLAIM_SECONDS + 1)
    told = Counter(name for name in target.ids() if name in kept)
    engine = open_engine(settings.database)
    states = {notice.id: notice.state for notice in SqlOutbox(engine).page(None, 10 * NOTICES)}
    engine.dispose()
    lost = [
        f"round {trial}: {name} was told {told[name]} times and is {states[name]}"
        for name in kept
        if not told[name] or states[name] != "sent"
    ]
    return lost, sum(count - 1 for count in told.values())


class _DiesAfterSending(WebhookSender):
    def send(self, notice: Notice) -> None:
        super().send(notice)
        os.kill(os.getpid(), signal.SIGKILL)


def _deliver(settings: Settings, url: str, later: float, *, die: bool) -> str:
    engine, now = open_engine(settings.database), NOW + timedelta(seconds=later)
    sender = (_DiesAfterSending if die else WebhookSender)(url, "", frozenset({"127.0.0.1"}), deadline_seconds=5.0)

    def clock() -> datetime:
        return now

    found = deliver_alone(SqlOutbox(engine), SqlLeases(engine), {"chat": sender}, clock=clock)
    return f"{len(found.sent)} {len(found.retried)}"
