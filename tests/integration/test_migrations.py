from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, insert, inspect, text

from infra.database import migrate, open_engine
from infra.domain.decisions import Reason
from infra.domain.errors import Unavailable
from infra.memory import memory_ports
from infra.migrating import move
from infra.stores.alerts import SqlAlerts
from infra.stores.decisions import SqlDecisions
from infra.stores.deeds import SqlDeeds
from infra.stores.labelling import SqlQuarantines
from infra.stores.labels import SqlLabels
from infra.stores.predictions import SqlPredictions
from infra.stores.records import to_row
from infra.stores.windows import SqlWindows
from infra.tables import decisions, metadata
from infra.transactions import reading, writing
from infra.verifying import verify_record
from tests.contracts.building import alert, decision, drift, feedback, label, prediction, quarantine, window


def differences(engine: Engine) -> list[object]:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_tables_and_migrations_agree_on_sqlite(sqlite_engine: Engine) -> None:
    assert differences(sqlite_engine) == []


@pytest.mark.postgres
def test_tables_and_migrations_agree_on_postgresql(postgres_engine: Engine) -> None:
    assert differences(postgres_engine) == []


def statements(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    return {row.name: _any_order(row.sql) for row in found if row.name != "alembic_version"}


def _any_order(statement: str) -> list[str]:
    """Its parts; those that a later revision added stand at the end of SQLite's own text, and a copied table's name is
    quoted."""
    unquoted = re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", re.sub(r"\s+", " ", statement))
    return sorted(re.split(r", (?![^(]*\))", unquoted.removesuffix(")")))


def test_migrations_make_what_the_tables_would_to_the_letter(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Alembic's comparison passes over conditions of partial indexes and over foreign keys of SQLite."""
    engine = open_engine(f"sqlite:///{tmp_path}/direct.db")
    with writing(engine) as connection:
        metadata.create_all(connection)
    assert statements(sqlite_engine) == statements(engine)
    engine.dispose()


def down_and_up(engine: Engine) -> None:
    move(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(engine)
    assert differences(engine) == []


def test_goes_down_to_nothing_and_up_again_on_sqlite(sqlite_engine: Engine) -> None:
    down_and_up(sqlite_engine)


@pytest.mark.postgres
def test_goes_down_to_nothing_and_up_again_on_postgresql(postgres_engine: Engine) -> None:
    down_and_up(postgres_engine)


_BEFORE = text(
    "INSERT INTO predictions (model, seq, id, time, features, value, version, probabilities, confidence, fingerprint, "
    "unknown_categories) VALUES (:model, :seq, :id, 1, :features, '\"UP\"', 3, NULL, 0.5, :fingerprint, NULL)"
)


def rows_of_0001(rows: int) -> list[dict[str, object]]:
    """As the code of that revision kept them: the hash is that of the features with sorted keys, 1.0 written as 1."""
    kept: list[dict[str, object]] = []
    for seq in range(1, rows + 1):
        for model in ("grid", "press"):
            canonical = f'{{"a":{seq},"b":0.5,"c":null}}'
            kept.append(
                {
                    "model": model,
                    "seq": seq,
                    "id": f"p{seq}",
                    "features": f'{{"b":0.5,"c":null,"a":{seq}.0}}',
                    "fingerprint": hashlib.sha256(canonical.encode()).hexdigest(),
                }
            )
    return kept


def data_survives(engine: Engine) -> None:
    move(engine, "0001")
    before = rows_of_0001(1_200)
    with writing(engine) as connection:
        connection.execute(_BEFORE, before)
        connection.execute(text("INSERT INTO sequences (model, last) VALUES ('grid', 1200), ('press', 1200)"))
    migrate(engine)
    store = SqlPredictions(engine)
    answered = store.get("grid", "p7")
    assert (answered.seq, answered.prediction.abstained, answered.prediction.features["a"]) == (7, False, 7.0)
    assert store.add([answered.prediction, replace(answered.prediction, id="new", abstained=True)])[1].abstained
    move(engine, "0001")
    with reading(engine) as connection:
        found = connection.execute(
            text("SELECT model, seq, id, features, fingerprint FROM predictions WHERE id <> 'new' ORDER BY seq, model")
        )
        assert [dict(row._mapping) for row in found] == before
    migrate(engine)
    assert [row.seq for row in store.between("grid", 1, 5_000)] == list(range(1, 1_202))
    assert differences(engine) == []


def test_predictions_survive_the_way_up_and_down_on_sqlite(sqlite_engine: Engine) -> None:
    data_survives(sqlite_engine)


@pytest.mark.postgres
def test_predictions_survive_the_way_up_and_down_on_postgresql(postgres_engine: Engine) -> None:
    data_survives(postgres_engine)


_DRIFT_OF_0002 = (
    '{"reference_rows":9,"current_rows":3,"columns":[{"column":"x","role":"feature","method":"ks","score":0.5,'
    '"threshold":0.1,"p_value":0.01,"effect":0.5,"drifted":true}],"unknown_categories":2,"not_judged":null}'
)
_PERFORMANCE_OF_0002 = (
    '{"kind":"measured","metric":"accuracy","value":0.5,"low":0.1,"high":0.9,"rows":3,"labelled":2,'
    '"confident_errors":0,"slices":[],"others":{"f1":0.5}}'
)
_TABLES_OF_0002 = {
    "sequences": ("model, last", "('grid', 3), ('press', 1), ('idle', 0)"),
    "predictions": (
        "model, seq, id, time, features, value, version",
        """('grid', 1, 'a', 1, '{"x":1}', '"UP"', 1), ('grid', 2, 'b', 1, '{"x":2}', '"UP"', 1),
           ('grid', 3, 'c', 1, '{"x":3}', '"UP"', 1), ('press', 1, 'a', 1, '{"x":1}', '"UP"', 1)""",
    ),
    "labels": (
        "arrival, model, prediction_id, number, value, time, source, is_current, is_waiting",
        """(10, 'grid', 'late', 1, '"UP"', 1, 'api', false, true),
           (11, 'grid', 'b', 1, '"UP"', 1, 'api', false, false),
           (12, 'press', 'a', 1, '"UP"', 1, 'api', true, false),
           (13, 'grid', 'a', 1, '"UP"', 1, 'api', true, false),
           (14, 'grid', 'b', 2, '"DOWN"', 1, 'api', true, false),
           (15, 'grid', 'late', 2, '"DOWN"', 1, 'api', true, true)""",
    ),
    "windows": (
        'model, "index", first_seq, last_seq, start, "end", rows, versions, state, drift, performance, note, report',
        f"('grid', 0, 1, 3, 1, 2, 3, '[1]', 'final', '{_DRIFT_OF_0002}', '{_PERFORMANCE_OF_0002}', 'early', NULL)",
    ),
    "alerts": (
        "arrival, id, model, rule, severity, state, dedup_key, opened_at, updated_at, message, evidence, note",
        """(5, 'one', 'grid', 'accuracy', 'critical', 'open', 'k', 1, 2, 'it fell', '{"accuracy":0.5}', 'seen')""",
    ),
}
"""The columns of each table that matter here, and rows as the code of revision 0002 kept them."""


def rows_of_0002(engine: Engine) -> dict[str, list[dict[str, object]]]:
    orders = {"predictions": "model, seq", "labels": "arrival", "windows": 'model, "index"', "alerts": "id"}
    with reading(engine) as connection:
        return {
            table: [
                dict(row._mapping)
                for row in connection.execute(
                    text(f"SELECT {columns} FROM {table} ORDER BY {orders.get(table, 'model')}")
                )
            ]
            for table, (columns, _) in _TABLES_OF_0002.items()
        }


def judgements_survive(engine: Engine) -> None:
    move(engine, "0002")
    with writing(engine) as connection:
        for table, (columns, rows) in _TABLES_OF_0002.items():
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES {rows}")
    before = rows_of_0002(engine)
    migrate(engine)
    assert rows_of_0002(engine) == before
    read_as_before(engine)
    move(engine, "0002")
    assert rows_of_0002(engine) == before
    migrate(engine)
    read_as_before(engine)
    go_on(engine)
    move(engine, "0002")
    after = rows_of_0002(engine)
    assert [row["state"] for row in after["alerts"]] == ["open", "resolved"]
    assert [str(row["drift"]).count('"role":"picture"') for row in after["windows"]] == [0, 1]
    assert all(row in after["predictions"] for row in before["predictions"])
    migrate(engine)
    assert [found.place for found in SqlLabels(engine).joined("grid", 0, 9)] == [1, 2, 3, 4, 5, 6]
    assert differences(engine) == []


def read_as_before(engine: Engine) -> None:
    """What an earlier keepsharp wrote, as this one reads it."""
    labels = SqlLabels(engine)
    joined = [(found.place, found.label.prediction_id, found.first) for found in labels.joined("grid", 0, 9)]
    assert joined == [(1, "b", True), (2, "a", True), (3, "b", False)]
    assert [labels.last_place(model) for model in ("grid", "press", "idle")] == [3, 1, 0]
    stood = SqlWindows(engine).page("grid", 9)[0]
    assert stood.drift is not None
    assert stood.performance is not None
    assert (stood.drift.columns[0].weight, stood.drift.sampled, stood.drift.quality) == (1.0, "", ())
    assert (stood.performance.weak, stood.performance.biased, stood.performance.note) == ((), "", "")
    assert (stood.estimate, stood.feedback, stood.note) == (None, None, "early")
    told = SqlAlerts(engine).unresolved()[0]
    assert (told.owner, told.runbook, told.actions, told.note) == ("", "", (), "seen")


def go_on(engine: Engine) -> None:
    """Labels that waited through the migration join, and what only this revision knows is written."""
    SqlPredictions(engine).add([prediction("late")])
    SqlLabels(engine).add([label("c")])
    assert [found.label.prediction_id for found in SqlLabels(engine).joined("grid", 3, 9)] == ["late", "late", "c"]
    SqlQuarantines(engine).save(quarantine("q", 1, 2))
    assert SqlQuarantines(engine).held_back("grid", ["a", "b", "late"]) == {"a"}
    moved = drift()
    embedded = replace(moved, columns=(replace(moved.columns[0], role="embedding"),))
    SqlWindows(engine).save(window(1, drift=embedded, feedback=feedback()))
    SqlAlerts(engine).save(alert("two", state="pending", owner="ana"))


def test_judgements_survive_the_way_up_and_down_on_sqlite(sqlite_engine: Engine) -> None:
    judgements_survive(sqlite_engine)


@pytest.mark.postgres
def test_judgements_survive_the_way_up_and_down_on_postgresql(postgres_engine: Engine) -> None:
    judgements_survive(postgres_engine)


def decisions_are_chained(engine: Engine) -> None:
    """The migration makes, for what was decided before, the links that the code of today would have made."""
    odd = Reason(rule="rows", passed=True, figure=50, limit=1e-7, text='50 rows ☃ \\ "quoted".')
    made = [decision(version, reasons=(odd,), actor="jürgen", run_id="r") for version in (1, 2, 3)]
    move(engine, "0006")
    with writing(engine) as connection:
        connection.execute(insert(decisions), [to_row(one) for one in made])
        connection.execute(insert(decisions), to_row(decision(4, model="another")))
    migrate(engine)
    ports = replace(memory_ports(Path()), decisions=SqlDecisions(engine), deeds=SqlDeeds(engine))
    verified = verify_record(ports, "grid")
    assert (verified.broken, verified.links) == (None, 3)
    assert verify_record(ports, "another").links == 1
    ports.decisions.add(decision(5))
    assert verify_record(ports, "grid").links == 4
    move(engine, "0006")
    migrate(engine)
    assert verify_record(ports, "grid").links == 4


def test_decisions_made_before_are_chained_on_sqlite(sqlite_engine: Engine) -> None:
    decisions_are_chained(sqlite_engine)


@pytest.mark.postgres
def test_decisions_made_before_are_chained_on_postgresql(postgres_engine: Engine) -> None:
    decisions_are_chained(postgres_engine)


def test_only_reads_when_it_is_there_already(sqlite_engine: Engine) -> None:
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(sqlite_engine, "before_cursor_execute", note)
    migrate(sqlite_engine)
    event.remove(sqlite_engine, "before_cursor_execute", note)
    assert said
    assert not [statement for statement in said if "IMMEDIATE" in statement or "CREATE" in statement]


def test_a_database_of_a_newer_keepsharp_is_left_alone(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match=r"'9999'.*newer"):
        migrate(sqlite_engine)


def test_a_migration_that_fails_leaves_no_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/k.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE windows (mine TEXT)"))
    with pytest.raises(Unavailable, match="windows already exists"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["windows"]
    engine.dispose()


_SCRIPT = """
import sys
from infra.database import migrate, open_engine
engine = open_engine(sys.argv[1])
migrate(engine)
with engine.connect() as connection:
    print(connection.exec_driver_sql("SELECT count(*) FROM models").scalar())
"""


def migrate_at_once(url: str) -> list[tuple[int, str]]:
    """Return code and output of each of three processes that migrate the same database."""
    command = [sys.executable, "-c", _SCRIPT, url]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdout=pipe, stderr=subprocess.STDOUT, text=True) for _ in range(3)]
    output = [process.communicate(timeout=120)[0] for process in started]
    return [(process.returncode, text) for process, text in zip(started, output, strict=True)]


def test_several_processes_may_migrate_a_sqlite_file_at_once(tmp_path: Path) -> None:
    assert migrate_at_once(f"sqlite:///{tmp_path}/k.db") == [(0, "0\n")] * 3


@pytest.mark.postgres
def test_several_processes_may_migrate_a_postgresql_at_once(postgres_url: str, postgres_engine: Engine) -> None:
    move(postgres_engine, "base")
    assert migrate_at_once(postgres_url) == [(0, "0\n")] * 3
