from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from flows.retraining.pending import answer_pending
from flows.retraining.retrain import Outcome
from infra.domain.errors import Refused
from tests.builders import MODEL, Loop, started, stream, trigger

CALLERS = 10


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    made, _ = started(tmp_path, stream(900), 300)
    made.label(made.serve(200))
    return made


def test_nothing_waits_and_nothing_is_done(loop: Loop) -> None:
    assert answer_pending(loop.desk, now=loop.now) is None
    assert len(loop.ports.runs.page(MODEL, 10)) == 1


def test_one_run_answers_every_trigger_that_waits(loop: Loop) -> None:
    for name in ("t1", "t2", "t3"):
        loop.ports.triggers.save(trigger(name, at=loop.now))
    outcome = answer_pending(loop.desk, now=loop.now)
    assert outcome is not None
    found = {one.id: one for one in loop.ports.triggers.page(MODEL, 10)}
    assert {one.state for one in found.values() if one.id in ("t1", "t2", "t3")} == {"done"}
    assert [outcome.run.id in found[name].reason for name in ("t1", "t2", "t3")] == [False, True, True]
    assert len(loop.ports.runs.page(MODEL, 10)) == 2


def test_a_person_who_asks_is_answered(loop: Loop) -> None:
    loop.ports.triggers.save(replace(trigger("wish", at=loop.now, state="requested"), source="person"))
    outcome = answer_pending(loop.desk, now=loop.now)
    assert outcome is not None
    assert outcome.run.trigger_id == "wish"
    assert loop.ports.triggers.in_state(MODEL, "requested") == []


def test_a_trigger_may_ask_for_a_start_from_scratch(loop: Loop) -> None:
    loop.ports.triggers.save(trigger(at=loop.now, how="scratch"))
    outcome = answer_pending(loop.desk, now=loop.now)
    assert outcome is not None
    assert outcome.run.start == "scratch"


def test_ten_callers_at_once_make_one_run(loop: Loop) -> None:
    for name in ("t1", "t2"):
        loop.ports.triggers.save(trigger(name, at=loop.now))
    together = Barrier(CALLERS)

    def call(_: int) -> Outcome | Refused | None:
        together.wait()
        try:
            return answer_pending(loop.desk, now=loop.now)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(call, range(CALLERS)))
    assert sum(isinstance(answer, Outcome) for answer in answers) == 1
    assert len(loop.ports.runs.page(MODEL, 20)) == 2
    assert {one.state for one in loop.ports.triggers.page(MODEL, 20)} == {"done"}
