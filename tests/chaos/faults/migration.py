"""SIGKILL in the middle of a migration, at each statement of the way from the first revision to the newest.

The next process that opens the database upgrades it, finds the tables that it expects, and every row of before.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from infra.database import migrate, open_engine
from infra.migrating import move, revisions
from infra.settings import Settings
from infra.stores.predictions import SqlPredictions
from infra.transactions import writing
from tests.chaos.ground import Ground
from tests.chaos.stepping import dying_at, said_by_child, spread
from tests.chaos.toll import Toll

ROWS = 200
FIRST = "0001"
_ROW = text(
    "INSERT INTO predictions (model, seq, id, time, features, value, version, confidence, fingerprint) "
    "VALUES ('grid', :seq, :id, 1, :features, '\"UP\"', 3, 0.5, 'f')"
)


def run(ground: Ground) -> Iterator[Toll]:
    """On each database."""
    for database in ground.databases:
        began, losses = time.monotonic(), []
        before = ground.home(database)
        _begin(before)
        whole = _copy(ground, before)
        steps = int(said_by_child(lambda: _upgrade(whole, None)))  # noqa: B023 - it ends within
        places = spread(steps, ground.effort.steps)
        for step in places:
            losses += _try(_copy(ground, before), step)
        yield Toll(
            fault="migration",
            database=database,
            trials=len(places),
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note=f"of {steps} statements",
        )


def _begin(settings: Settings) -> None:
    """A database of the first revision, with rows."""
    engine = open_engine(settings.database)
    migrate(engine)
    move(engine, FIRST)
    with writing(engine) as connection:
        rows = [{"seq": seq, "id": f"p{seq}", "features": '{"a":1.0}'} for seq in range(1, ROWS + 1)]
        connection.execute(_ROW, rows)
        connection.execute(text("INSERT INTO sequences (model, last) VALUES ('grid', :last)"), {"last": ROWS})
    engine.dispose()


def _copy(ground: Ground, before: Settings) -> Settings:
    if not before.database_url:
        settings = ground.home("sqlite")
        settings.home.mkdir(parents=True)
        shutil.copyfile(Path(make_url(before.database).database or ""), make_url(settings.database).database or "")
        return settings
    name = f"{make_url(before.database_url).database}_again"
    ground.server().drop(name)
    url = ground.server().make(name, template=str(make_url(before.database_url).database))
    return before.model_copy(update={"database_url": url})


def _upgrade(settings: Settings, step: int | None) -> str:
    """The number of statements, unless it dies at one."""
    with dying_at(step, str(make_url(settings.database).database), writes_alone=False) as steps:
        engine = open_engine(settings.database)
        migrate(engine)
        engine.dispose()
    return str(len(steps))


def _try(settings: Settings, step: int) -> list[str]:
    if said := said_by_child(lambda: _upgrade(settings, step)):
        return [f"the process was to be killed at statement {step}, and said {said}"]
    engine = open_engine(settings.database)
    try:
        migrate(engine)
        return [f"killed at statement {step}: {problem}" for problem in _problems(engine)]
    except Exception as error:  # noqa: BLE001 - whatever it is, the upgrade did not go on
        return [f"killed at statement {step}, the next upgrade ended with {error!r}"]
    finally:
        engine.dispose()


def _problems(engine: Engine) -> Iterator[str]:
    current, newest = revisions(engine)
    if current != newest:
        yield f"the database is at {current}, not at {newest}"
    found = [row.prediction.id for row in SqlPredictions(engine).between("grid", 1, 10**9)]
    if found != [f"p{seq}" for seq in range(1, ROWS + 1)]:
        yield f"{len(found)} of {ROWS} rows are there"
