"""A retraining schedule across changes of summer time, in processes and database connections of zones that have it:
each moment of the schedule is answered once, in event time, which is UTC, whatever the clocks on the wall do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flows.asking.considering import consider
from flows.asking.refusing import DUE
from flows.desk import Desk
from infra.domain.alerts import Trigger
from infra.spec import ModelSpec
from tests.builders import FAST, minute, spec, trigger
from tests.chaos.ground import Ground
from tests.chaos.places import copy_of, require
from tests.chaos.stepping import said_by_child
from tests.chaos.toll import Toll
from tests.integration.one_at_a_time import Place, begun

SCHEDULE, HOUR, MINUTE = "30 2 * * *", 2, 30
"""In the middle of the hour that Europe's clocks leave out in spring, and show twice in autumn."""
CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 4, tzinfo=UTC)),
)
"""Zones, and the days on which their clocks are changed."""
DAY, STEP = timedelta(days=1), timedelta(minutes=30)


def run(ground: Ground) -> Iterator[Toll]:
    """On each database; three days around each change."""
    for database in ground.databases:
        began, losses, home = time.monotonic(), [], ground.home(database)
        first = Place(home.home, home.database_url)
        require(str(minute(0).year), said_by_child(lambda: f"{begun(first):%Y}"))  # noqa: B023 - it ends within
        changes = CHANGES[: ground.effort.trials]
        for zone, day in changes:
            place = copy_of(ground, first, f"{database}_now")
            said = said_by_child(lambda: json.dumps(_answered(place, zone, day)))  # noqa: B023 - it ends within
            wanted = [(day + n * DAY).replace(hour=HOUR, minute=MINUTE).isoformat() for n in (-1, 0, 1)]
            if not said.startswith("[") or json.loads(said) != wanted:
                losses.append(f"in {zone} around {day:%Y-%m-%d} {said[:300]} was answered, and {wanted} was due")
        yield Toll(
            fault="summer_time",
            database=database,
            trials=len(changes),
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note=f"`{SCHEDULE}`, asked every {STEP.total_seconds() / 60:g} minutes of three days",
        )


def _answered(place: Place, zone: str, day: datetime) -> list[str]:
    """The moments of the schedule that were answered, in a process of that zone."""
    os.environ.update({"TZ": zone, "PGTZ": zone})
    time.tzset()
    desk = replace(place.desk(), spec=_spec())
    now, end, found = day - DAY, day + 2 * DAY, []
    _done(desk, trigger("the last retraining", at=now))
    while now < end:
        asked = consider(desk, now=now)
        if asked is not None and asked.source == "schedule":
            found.append(str(asked.evidence[DUE]))
            _done(desk, asked)
        now += STEP
    return found


def _spec() -> ModelSpec:
    return spec(learner=FAST, retraining={"policy": "never", "schedule": SCHEDULE, "min_labels": 1})


def _done(desk: Desk, asked: Trigger) -> None:
    desk.ports.triggers.save(replace(asked, state="done"))
