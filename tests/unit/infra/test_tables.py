from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from infra.columns import from_microseconds, to_microseconds
from infra.stores.alerts import SqlAlerts, SqlTriggers
from infra.stores.corrections import SqlCorrections, SqlStandingTests
from infra.stores.costs import SqlCosts
from infra.stores.holdouts import SqlHoldoutUses
from infra.stores.labelling import SqlAlarmStates, SqlAudits, SqlQuarantines
from infra.stores.labels import SqlLabels
from infra.stores.notices import SqlOutbox
from infra.stores.predictions import SqlPredictions
from infra.stores.runs import SqlRuns
from infra.stores.windows import SqlWindows
from tests.contracts.building import NOON, after, label, prediction, quarantine

_NO_TABLE = ("SCAN CONSTANT ROW", "SCAN later")  # "later" is a subquery of one page
_MOMENTS = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=50)
@given(one=_MOMENTS, two=_MOMENTS)
def test_moments_survive_and_keep_their_order(one: datetime, two: datetime) -> None:
    assert from_microseconds(to_microseconds(one)) == one
    assert (to_microseconds(one) < to_microseconds(two)) == (one < two)


def test_every_question_finds_its_answer_by_an_index(sqlite_engine: Engine) -> None:
    with _asked(sqlite_engine) as asked:
        _ask_everything(sqlite_engine)
    assert len(asked) > 20
    for statement, values in asked:
        plan = _plan(sqlite_engine, statement, values)
        scans = [step for step in plan if step.startswith("SCAN") and step not in _NO_TABLE]
        assert all("USING INDEX" in step for step in scans), (statement, plan)


def test_labels_that_wait_are_found_among_those_that_wait(sqlite_engine: Engine) -> None:
    """It is asked with every answer: through all labels of the model it would take the longer the more there are."""
    with _asked(sqlite_engine, "INSERT") as asked:
        SqlPredictions(sqlite_engine).add([prediction("a")])
    (question,) = [f"SELECT {one.partition('RETURNING last, ')[2]}" for one, _ in asked if "is_waiting" in one]
    plan = _plan(sqlite_engine, question, ("grid",))
    assert any("ix_labels_waiting" in step for step in plan), plan


def test_windows_that_were_not_listened_to_are_found_among_those(sqlite_engine: Engine) -> None:
    """It is asked in every look, and nearly always there are none."""
    with _asked(sqlite_engine) as asked:
        SqlWindows(sqlite_engine).unheard("grid")
    ((statement, values),) = asked
    plan = _plan(sqlite_engine, statement, values)
    assert any("ix_windows_unheard" in step for step in plan), plan


@contextmanager
def _asked(engine: Engine, *besides: str) -> Iterator[list[tuple[str, Sequence[object]]]]:
    """The statements of the block that select or update, or begin with one of the words."""
    asked: list[tuple[str, Sequence[object]]] = []

    def note(_c: object, _cursor: object, statement: str, values: Sequence[object], _x: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", *besides)) and not many:
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def _plan(engine: Engine, statement: str, values: Sequence[object]) -> list[str]:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(values))
        return [str(row[3]) for row in found]


def _ask_everything(engine: Engine) -> None:
    predictions, labels = SqlPredictions(engine), SqlLabels(engine)
    labels.add([label("a"), label("a", "DOWN")])
    predictions.add([prediction("a"), prediction("b")])
    labels.add([label("a", "UP")])
    predictions.get("grid", "a")
    predictions.after("grid", 0, 5)
    predictions.between("grid", 1, 2)
    predictions.in_time("grid", NOON, after(1))
    predictions.last_seq("grid")
    predictions.time_range("grid")
    labels.history("grid", "a")
    labels.corrections("grid", 5)
    labels.current("grid", ["a", "b"])
    labels.counts("grid")
    labels.joined("grid", 0, 5)
    labels.last_place("grid")
    _ask_about_labels(engine)
    SqlWindows(engine).page("grid", 5)
    SqlWindows(engine).provisional("grid")
    SqlAlerts(engine).unresolved()
    SqlAlerts(engine).pending("grid")
    SqlOutbox(engine).due(NOON, 5)
    SqlOutbox(engine).page("grid", 5)
    SqlOutbox(engine).page(None, 5)
    SqlAlerts(engine).page("grid", 5)
    SqlHoldoutUses(engine).page("grid", 5)
    SqlTriggers(engine).in_state("grid", "requested")
    SqlTriggers(engine).page("grid", 5)
    SqlRuns(engine).page("grid", 5)
    SqlCorrections(engine).page("grid", 5)
    SqlCorrections(engine).rows("r", 5)
    SqlStandingTests(engine).asked("grid")
    SqlStandingTests(engine).page("grid", 5)
    SqlCosts(engine).page("grid", 5)
    SqlCosts(engine).page(None, 5)
    SqlCosts(engine).of_run("r")
    SqlCosts(engine).total("grid", NOON, after(1))


def _ask_about_labels(engine: Engine) -> None:
    quarantines = SqlQuarantines(engine)
    quarantines.save(quarantine("q", 1, 9))
    quarantines.get("q")
    quarantines.standing("grid")
    quarantines.held_back("grid", ["a", "b"])
    quarantines.page("grid", 5)
    SqlAudits(engine).asked("grid", ["a", "b"])
    SqlAudits(engine).page("grid", 5)
    SqlAlarmStates(engine).get("grid")
