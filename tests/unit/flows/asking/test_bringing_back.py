"""An earlier version serves again when it is surely better on the newest labels: recorded, free, and learnt on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.asking.bringing_back import bring_back
from flows.asking.recalling import GAIN, GAIN_ERROR, ask_rivals, measure_gains
from flows.monitor import monitor
from flows.retraining.pending import answer_pending
from flows.rows.ordering import fresh_order
from flows.rows.origins import resumed_after
from flows.windows.references import References
from infra.domain.alerts import Trigger
from tests.builders import MODEL, Loop, spec, started, stream, trigger
from tests.unit.flows.killing import killed_everywhere
from tests.unit.flows.test_monitor import Press
from tests.unit.flows.trial.test_watching import crown, with_swapped_classes


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return turned(tmp_path)


def turned(folder: Path) -> Loop:
    """Version 2 answers everything the wrong way round, and one window of it was labelled and is due."""
    policy = spec("classification", retraining={"policy": "cost_aware", "min_labels": 5_000})
    made, _ = started(folder, stream(2000), 300, policy)
    made.label(made.serve(100))
    crown(made, with_swapped_classes(made))
    made.label(made.serve(200))
    return made


def look(loop: Loop) -> Trigger | None:
    return monitor(loop.desk, References(loop.desk), Press(), now=loop.now).trigger


def test_the_better_earlier_version_serves_again_with_its_reason_and_nothing_is_trained(loop: Loop) -> None:
    runs = len(loop.ports.runs.page(MODEL, 10))
    found = look(loop)
    assert found is not None
    assert (found.state, found.evidence["how"], found.evidence["version"]) == ("done", "bring_back", 1)
    champion, decision = loop.champion(), loop.ports.decisions.page(MODEL, 1)[0]
    assert champion.version == 1
    assert (decision.kind, decision.version, decision.previous_version) == ("rollback", 1, 2)
    assert [reason.rule for reason in decision.reasons] == ["regime"]
    assert len(loop.ports.runs.page(MODEL, 10)) == runs


def test_it_learns_on_from_the_window_by_which_it_was_chosen(loop: Loop) -> None:
    found = look(loop)
    assert found is not None
    champion = loop.champion()
    assert resumed_after(loop.desk, champion) == 100
    assert resumed_after(loop.desk, replace(champion, version=2)) == 0
    order = fresh_order(loop.desk, replace(found, evidence={}), loop.now, "warm")
    assert min(order.material.holdout.seqs) > 100


def test_while_another_holds_the_lease_it_is_refused_and_says_so(loop: Loop) -> None:
    loop.ports.leases.acquire(MODEL, "a training", loop.desk.clock(), 900.0)
    found = look(loop)
    assert found is not None
    assert found.state == "refused"
    assert loop.champion().version == 2


def test_a_kill_on_the_way_back_is_made_up_for_and_the_version_learns_on_all_the_same(tmp_path: Path) -> None:
    folders = iter(range(99))
    for where, left in killed_everywhere(lambda: turned(tmp_path / str(next(folders))), look, "versions.crown"):
        answer_pending(left.desk, now=left.now)
        (carried,) = [one for one in left.ports.triggers.page(MODEL, 9) if one.evidence.get("how") == "bring_back"]
        assert (carried.state, left.champion().version) == ("done", 1), where
        assert resumed_after(left.desk, left.champion()) == 100, where
        assert [one.kind for one in left.ports.decisions.page(MODEL, 9)].count("rollback") == 1, where


def test_a_version_that_serves_already_is_not_brought_back_again(loop: Loop) -> None:
    found = look(loop)
    assert found is not None
    again = bring_back(loop.desk, replace(found, id="again", state="accepted"), now=loop.now)
    assert (again.state, "serves already" in again.reason) == ("refused", True)


def test_what_a_promotion_gained_is_measured_once_on_the_first_window_it_answered(loop: Loop) -> None:
    decision = loop.ports.decisions.page(MODEL, 1)[0]
    run = loop.ports.runs.page(MODEL, 1)[0]
    monitor(loop.desk, References(loop.desk), Press(), now=loop.now)
    promoted = replace(decision, id="with-run", kind="promote", version=2, previous_version=1, run_id=run.id)
    loop.ports.decisions.add(promoted)
    measure_gains(loop.desk)
    metrics = loop.ports.runs.get(run.id).metrics
    assert metrics is not None
    assert metrics[GAIN] < -0.5
    assert 0.0 < metrics[GAIN_ERROR] < 0.2


def test_a_refusal_is_told_what_came_of_it(tmp_path: Path) -> None:
    made, _ = started(tmp_path, stream(2000), 300, spec("classification", retraining={"policy": "never"}))
    for _ in range(4):
        made.label(made.serve(100))
        look(made)
    (refused,) = [one for one in made.ports.triggers.page(MODEL, 20) if one.source == "policy"]
    measured = [one for one in made.ports.windows.page(MODEL, 20) if one.performance is not None]
    assert (refused.state, refused.looks, refused.evidence["outcome_window"]) == ("refused", len(measured), 1)
    assert refused.at < refused.last_look_at == made.now


def test_a_refusal_is_told_what_came_of_it_however_many_asked_since(tmp_path: Path) -> None:
    made, _ = started(tmp_path, stream(2000), 300, spec("classification", retraining={"policy": "never"}))
    made.label(made.serve(200))
    look(made)
    for place in range(30):
        made.ports.triggers.save(replace(trigger(f"wish-{place}", at=made.now, state="refused"), source="person"))
    made.label(made.serve(100))
    look(made)
    (refused,) = [
        one for one in made.ports.triggers.page(MODEL, 99) if one.source == "policy" and "outcome" in one.evidence
    ]
    assert refused.evidence["outcome_window"] == 1


def test_too_few_rows_ask_nobody(loop: Loop) -> None:
    look(loop)
    window = loop.ports.windows.page(MODEL, 1)[0]
    assert ask_rivals(loop.desk, loop.champion(), window, 2) != ()
    few = replace(window, first_seq=window.last_seq - 5, rows=6)
    assert ask_rivals(loop.desk, loop.champion(), few, 2) == ()


def test_a_spent_budget_refuses_it_not_since_it_costs_nothing(loop: Loop) -> None:
    poor = spec(
        "classification",
        retraining={"policy": "cost_aware", "min_labels": 5_000},
        budget={"monthly": 1e-9, "when_exceeded": "defer"},
    )
    found = look(replace(loop, desk=replace(loop.desk, spec=poor)))
    assert found is not None
    assert found.state == "done", found.reason


def test_one_that_a_killed_process_left_is_carried_out_and_nothing_is_trained(loop: Loop) -> None:
    runs = len(loop.ports.runs.page(MODEL, 10))
    loop.ports.triggers.save(trigger("left", at=loop.now, how="bring_back", version=1, resume_after_seq=100))
    assert answer_pending(loop.desk, now=loop.now) is None
    assert loop.champion().version == 1
    assert len(loop.ports.runs.page(MODEL, 10)) == runs
    assert resumed_after(loop.desk, loop.champion()) == 100


def test_the_gain_of_a_run_that_is_still_at_work_is_measured_later(loop: Loop) -> None:
    decision = loop.ports.decisions.page(MODEL, 1)[0]
    run = replace(loop.ports.runs.page(MODEL, 1)[0], state="running")
    monitor(loop.desk, References(loop.desk), Press(), now=loop.now)
    loop.ports.runs.save(run)
    promoted = replace(decision, kind="promote", version=2, previous_version=1)
    loop.ports.decisions.add(replace(promoted, id="at-work", run_id=run.id))
    loop.ports.decisions.add(replace(promoted, id="by-hand", run_id="of no run"))
    measure_gains(loop.desk)
    assert loop.ports.runs.get(run.id) == run
