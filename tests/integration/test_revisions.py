"""What a database of each later released revision holds is read as it was, on the way up, down and up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, inspect

from infra.database import migrate
from infra.memory import memory_ports
from infra.migrating import move
from infra.stores.alerts import SqlTriggers
from infra.stores.corrections import SqlCorrections, SqlStandingTests
from infra.stores.costs import SqlCosts
from infra.stores.decisions import SqlDecisions
from infra.stores.deeds import SqlDeeds
from infra.stores.holdouts import SqlHoldoutUses
from infra.stores.labelling import SqlAlarmStates, SqlAudits, SqlQuarantines
from infra.stores.notices import SqlHeartbeats, SqlOutbox
from infra.stores.records import to_row
from infra.stores.returns import SqlReturns
from infra.stores.runs import SqlRuns
from infra.stores.windows import SqlWindows
from infra.tables import metadata
from infra.transactions import writing
from infra.verifying import verify_record
from tests.contracts import building as made
from tests.contracts.test_returns import RECORD

REVISIONS = ("0003", "0004", "0005", "0006", "0007", "0008")
Read = Callable[[Engine], Any]
KEPT: dict[str, tuple[Any, Read]] = {
    "windows": (made.window(1, drift=made.drift()), lambda engine: SqlWindows(engine).page("grid", 9)),
    "costs": (made.cost("c"), lambda engine: SqlCosts(engine).page("grid", 9)),
    "triggers": (made.trigger("t"), lambda engine: SqlTriggers(engine).page("grid", 9)),
    "runs": (made.run("r"), lambda engine: SqlRuns(engine).page("grid", 9)),
    "notices": (made.notice("n"), lambda engine: SqlOutbox(engine).page("grid", 9)),
    "heartbeats": (made.heartbeat("monitor"), lambda engine: SqlHeartbeats(engine).all()),
    "quarantines": (made.quarantine("q", 1, 2), lambda engine: SqlQuarantines(engine).standing("grid")),
    "audits": (made.audit("a"), lambda engine: SqlAudits(engine).page("grid", 9)),
    "alarm_states": (made.alarm_state(3), lambda engine: [SqlAlarmStates(engine).get("grid")]),
    "correction_ledgers": (made.ledger("r"), lambda engine: SqlCorrections(engine).page("grid", 9)),
    "correction_tests": (made.correction_test("p"), lambda engine: SqlStandingTests(engine).asked("grid")),
    "returns": (RECORD, lambda engine: SqlReturns(engine).page("grid", 9)),
    "holdout_uses": (made.holdout_use("u"), lambda engine: SqlHoldoutUses(engine).page("grid", 9)),
}
"""By table a record of its, and how it is read today."""


def survives(engine: Engine, revision: str) -> None:
    move(engine, revision)
    tables = [name for name in inspect(engine).get_table_names() if name in KEPT]
    with writing(engine) as connection:
        for table in tables:
            columns = {column["name"] for column in inspect(connection).get_columns(table)}
            row = {name: value for name, value in to_row(KEPT[table][0]).items() if name in columns}
            connection.execute(insert(metadata.tables[table]), row)
        if revision < "0007":
            connection.execute(insert(metadata.tables["decisions"]), to_row(made.decision(1)))
    if revision >= "0007":
        SqlDecisions(engine).add(made.decision(1))
    for _ in range(2):
        migrate(engine)
        assert {table: KEPT[table][1](engine) for table in tables} == {table: [KEPT[table][0]] for table in tables}
        ports = replace(memory_ports(Path()), decisions=SqlDecisions(engine), deeds=SqlDeeds(engine))
        verified = verify_record(ports, "grid")
        assert (verified.broken, verified.links) == (None, 1)
        move(engine, revision)
    migrate(engine)


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_a_revision_kept_is_read_today_on_sqlite(sqlite_engine: Engine, revision: str) -> None:
    survives(sqlite_engine, revision)


@pytest.mark.postgres
@pytest.mark.parametrize("revision", REVISIONS)
def test_what_a_revision_kept_is_read_today_on_postgresql(postgres_engine: Engine, revision: str) -> None:
    survives(postgres_engine, revision)
