"""The database away for minutes under load: PostgreSQL is stopped, a SQLite file is locked by somebody else.

Predictions are acknowledged all the while, from the spill; labels are asked to come again. Afterwards everything that
waited is stored in its order, and labels are taken again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.serving.network import MODEL
from tests.chaos.ground import Ground
from tests.chaos.load import Load
from tests.chaos.outages import away
from tests.chaos.server import until
from tests.chaos.toll import MOST_SECONDS, Toll, late

_LOOK_SECONDS = 2.0
_SILENCE_SECONDS = 15.0
"""Nobody may wait longer for an acknowledgement while the database is away."""


def run(ground: Ground) -> Iterator[Toll]:
    """Once on each database."""
    for database in ground.databases:
        yield _try(ground, database)


def _try(ground: Ground, database: str) -> Toll:
    began, problems = time.monotonic(), []
    load = Load(ground.nursery(), ground.home(database), ground.seed, rest_seconds=0.05)
    with load:
        load.wait_acknowledged_by_each()
        with load.calm:
            with _away(ground, load):
                kept_on = load.count()
                problems += _watch(load, 60 * ground.effort.outage_minutes)
                kept_on = load.count() - kept_on
            ended = time.monotonic()
            load.wait(load.is_drained, "the spill is empty")
            label = until(2 * MOST_SECONDS, lambda: _label(load) == 200)
            load.wait_acknowledged_by_each()
            recovered = time.monotonic() - ended
        problems += late("taking a label after the outage", label)
    problems += load.settle()
    return Toll(
        fault="outage",
        database=database,
        trials=1,
        acknowledged=load.count(),
        recovered_seconds=recovered,
        seconds=time.monotonic() - began,
        losses=(*problems, *late("storing what waited", recovered)),
        note=f"{ground.effort.outage_minutes:g} minutes, {kept_on} requests acknowledged meanwhile",
    )


@contextmanager
def _away(ground: Ground, load: Load) -> Iterator[None]:
    if load.settings.database_url:
        ground.server().stop()
        yield
        ground.server().start()
    else:
        with away(load.settings.database):
            yield


def _watch(load: Load, seconds: float) -> list[str]:
    """Clients must be answered all the while, and labels be asked to come again."""
    until_then, known, since, problems = time.monotonic() + seconds, load.count(), time.monotonic(), []
    if (status := _label(load)) != 503:
        problems.append(f"a label was answered {status} while the database was away")
    while time.monotonic() < until_then:
        time.sleep(_LOOK_SECONDS)
        if load.count() > known:
            known, since = load.count(), time.monotonic()
        elif time.monotonic() - since > _SILENCE_SECONDS:
            problems.append(f"nobody was answered for {_SILENCE_SECONDS:g} s while the database was away")
            since = time.monotonic()
    return problems


def _label(load: Load) -> int:
    """The status of a label of the first prediction."""
    name = next(iter(load.acknowledged()[0].features))
    body = {"labels": [{"id": name, "value": "calm"}]}
    with httpx.Client(base_url=load.service.url, timeout=60, trust_env=False) as http:
        return http.post(f"/v1/models/{MODEL}/labels", json=body).status_code
