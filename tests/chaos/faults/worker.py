"""SIGKILL of a worker in each stage of each flow: a look, a retraining, the watch over a probation, the day's charges.

A stage is each statement that changes our database, and each commit. The next worker has to come to what comes of it
undisturbed: the same champion with the same weights, each window, decision, alert and charge once.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import make_url

from flows.desk import Desk
from flows.ledger.accruing import accrue_day
from flows.monitor import monitor
from flows.retraining.pending import answer_pending
from flows.trial.watching import watch_and_act
from flows.windows.references import References
from infra.verifying import verify_record
from tests.builders import MODEL, Loop, minute, stream, trigger
from tests.chaos.ground import Ground
from tests.chaos.places import copy_of, require
from tests.chaos.stepping import dying_at, said_by_child, spread
from tests.chaos.toll import Toll
from tests.integration.one_at_a_time import LABELLED, ROWS, Place, begun, story

PROBATION = 300
NOW = minute(ROWS + LABELLED)


def _look(desk: Desk, now: datetime) -> None:
    monitor(desk, References(desk), lambda *_: None, now=now)


def _nothing(_place: Place) -> None:
    """Nothing has to be done before."""


def _ask(place: Place) -> None:
    place.desk().ports.triggers.save(trigger(at=NOW))


def _promote(place: Place) -> None:
    """A new champion, and as many labelled answers of it as its probation takes."""
    _ask(place)
    outcome = answer_pending(place.desk(), now=NOW)
    assert outcome is not None
    assert outcome.decision.kind == "promote", outcome.decision.summary
    made = stream(ROWS + LABELLED + PROBATION, change=ROWS)
    loop = Loop(desk=place.desk(), stream=made, sent=ROWS + LABELLED)
    loop.label(loop.serve(PROBATION))
    _look(place.desk(), loop.now)


@dataclass(frozen=True)
class Work:
    """A flow: what it does, at which moment, and what has to be there before."""

    act: Callable[[Desk, datetime], object]
    before: Callable[[Place], None]
    now: datetime = NOW


FLOWS: Mapping[str, Work] = {
    "monitor": Work(_look, _nothing),
    "retrain": Work(lambda desk, now: answer_pending(desk, now=now), _ask),
    "watch": Work(lambda desk, now: watch_and_act(desk, now=now), _promote, minute(ROWS + LABELLED + PROBATION)),
    "costs": Work(lambda desk, now: accrue_day(desk, now=now), _nothing),
}


def run(ground: Ground) -> Iterator[Toll]:
    """On each database, each flow."""
    for database in ground.databases:
        home = ground.home(database)
        first = Place(home.home, home.database_url)
        require(str(NOW.year), said_by_child(lambda: f"{begun(first):%Y}"))  # noqa: B023 - it ends within
        for name, work in FLOWS.items():
            yield _flow(ground, database, first, name, work)


def _flow(ground: Ground, database: str, first: Place, name: str, work: Work) -> Toll:
    began, losses = time.monotonic(), []
    ready = copy_of(ground, first, f"{name}_ready")
    require("ready", said_by_child(lambda: _prepared(work, ready)))
    place = copy_of(ground, ready, f"{name}_now")
    steps = json.loads(said_by_child(lambda: _work(place, work, None)))
    expected = said_by_child(lambda: _seen(place))
    places = spread(len(steps), ground.effort.steps)
    for step in places:
        place = copy_of(ground, ready, f"{name}_now")
        losses += [f"{name}, killed at {steps[step]} ({step}): {loss}" for loss in _kill(place, work, step, expected)]
    return Toll(
        fault=f"worker in {name}",
        database=database,
        trials=len(places),
        seconds=time.monotonic() - began,
        losses=tuple(losses),
        note=f"of {len(steps)} stages",
    )


def _prepared(work: Work, place: Place) -> str:
    work.before(place)
    return "ready"


def _kill(place: Place, work: Work, step: int, expected: str) -> list[str]:
    if said := said_by_child(lambda: _work(place, work, step)):
        return [f"it was to be killed, and said {said[:300]}"]
    at_once = said_by_child(lambda: _seen(place))
    if not at_once.startswith("{"):
        return [f"what it left cannot be read: {at_once[:300]}"]
    losses = [] if json.loads(at_once)["whole"] else ["it left no whole champion"]
    again = said_by_child(lambda: _work(place, work, None))
    if not again.startswith("["):
        return [*losses, f"the next worker ended with {again[:300]}"]
    afterwards = said_by_child(lambda: _seen(place))
    if afterwards == expected:
        return losses
    wanted, found = json.loads(expected), json.loads(afterwards)
    other = {key: (wanted[key], found[key]) for key in wanted if wanted[key] != found[key]}
    return [*losses, f"undisturbed, and by the next worker: {other}"]


def _work(place: Place, work: Work, step: int | None) -> str:
    """The names of the stages, unless it dies in one."""
    desk = place.desk()
    database = str(make_url(place.database).database) if place.database else str(place.home.resolve() / "keepsharp.db")
    with dying_at(step, database, writes_alone=True) as steps:
        work.act(desk, work.now)
    return json.dumps(steps)


def _seen(place: Place) -> str:
    """What stands in the database, without what was measured of a process and what is drawn anew for each."""
    desk, told = place.desk(), story(place)
    ports = desk.ports
    champion = ports.versions.champion(MODEL)
    assert champion is not None
    desk.bundle(champion.sha256).prove()
    stored = [one for one in ports.costs.page(MODEL, 10_000) if one.unit == "gb_month"]
    found = {
        **{key: told[key] for key in ("champion", "sha256", "versions", "decisions", "runs", "triggers")},
        "whole": verify_record(ports, MODEL).broken is None,
        "windows": [(one.index, one.state) for one in ports.windows.page(MODEL, 1_000)],
        "alerts": sorted(Counter(f"{one.rule} {one.state}" for one in ports.alerts.page(MODEL, 1_000)).items()),
        "stored": sorted(one.id for one in stored),
        "rows": ports.predictions.last_seq(MODEL),
        "labels": dict(ports.labels.counts(MODEL)),
    }
    return json.dumps(found, sort_keys=True)
