"""The kill test: a service is killed again and again under clients that retry, and at the end everything is counted.

A round ends with SIGKILL at a random moment: while the database is there, while it is away and predictions are
spilled, or while the spill is replayed.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.settings import Settings
from tests.chaos.load import Load
from tests.chaos.outages import away
from tests.chaos.service import Nursery

Moment = Literal["serving", "spilling", "draining"]
_MOST_BEFORE = 80
"""A round ends after at most so many acknowledged requests."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the rounds gave; `problems` is empty when every promise was kept."""

    database: str
    seed: int
    rounds: int
    kills: dict[str, int]
    seconds: float
    requests_acknowledged: int
    rows_acknowledged: int
    tried_again: int
    repeated: int
    conflicts: int
    problems: list[str]


def endure(nursery: Nursery, settings: Settings, moments: Sequence[Moment], seed: int) -> Summary:
    """One round for each of the moments, in an empty home."""
    began = time.monotonic()
    load, drawing = Load(nursery, settings, seed), random.Random(seed)
    with load:
        for moment in moments:
            _round(load, moment, drawing)
    problems = load.settle()
    requests = load.acknowledged()
    return Summary(
        database=settings.database.partition(":")[0],
        seed=seed,
        rounds=len(moments),
        kills=dict(Counter(moments)),
        seconds=round(time.monotonic() - began, 1),
        requests_acknowledged=len(requests),
        rows_acknowledged=sum(len(one.entries) for one in requests),
        tried_again=sum(client.tried_again for client in load.clients),
        repeated=sum(client.repeated for client in load.clients),
        conflicts=sum(client.conflicts for client in load.clients),
        problems=problems,
    )


def _round(load: Load, moment: Moment, drawing: random.Random) -> None:
    if moment == "serving":
        load.wait_acknowledged(drawing.randint(0, _MOST_BEFORE))
        _kill(load, drawing)
        return
    with load.calm:
        load.wait_acknowledged_by_each()  # of what a killed process stored, nothing is left unacknowledged
        with away(load.settings.database):
            load.wait(lambda: not load.is_drained(), "something is spilled")
            load.wait_acknowledged(drawing.randint(1, _MOST_BEFORE))
            if moment == "spilling":
                load.service.kill()
        if moment == "spilling":
            load.start()
        else:
            before = load.last_seq()
            load.wait(lambda: load.last_seq() > before, "the spill is replayed")
            _kill(load, drawing)
        load.wait(load.is_drained, "the spill is empty")


def _kill(load: Load, drawing: random.Random) -> None:
    time.sleep(drawing.uniform(0, 0.005))  # the moment is meant to be random within a commit
    load.service.kill()
    load.start()


def moments_of(rounds: int) -> list[Moment]:
    """Three of five rounds end while the database is there."""
    cycle: tuple[Moment, ...] = ("serving", "spilling", "serving", "draining", "serving")
    return [cycle[number % len(cycle)] for number in range(rounds)]


def home_at(folder: Path, database_url: str = "") -> Settings:
    """Settings of an installation in that folder, whatever the environment says."""
    return Settings(home=folder, database_url=database_url)
