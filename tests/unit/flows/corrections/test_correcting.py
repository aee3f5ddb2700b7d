from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.corrections.correcting import right_answers, standing_tests
from flows.retraining.retrain import Outcome, retrain
from infra.crowning import Choice, promote_by_hand, roll_back_by_hand
from infra.domain.corrections import CorrectionTest
from infra.domain.decisions import Reason
from infra.domain.errors import NotFound
from infra.domain.labelling import Quarantine
from infra.domain.predictions import Label
from infra.ports import RegisteredModel
from infra.spec import ModelSpec
from tests.builders import MODEL, START, Loop, minute, spec, started, stream, trigger

FRESH_MATTERS = spec(retraining={"min_labels": 100, "replay": 0.2})


def drifted(folder: Path, model: ModelSpec = FRESH_MATTERS) -> tuple[Loop, Outcome]:
    """A loop whose concept changed 500 rows ago, all labelled."""
    loop, first = started(folder, stream(2600, change=400), 300, model)
    text = json.dumps(model.model_dump(mode="json", exclude_unset=True))  # JSON is YAML
    loop.ports.models.save(RegisteredModel(name=MODEL, spec_yaml=text, spec_folder=".", registered_at=START))
    loop.label(loop.serve(600))
    return loop, first


def answer(loop: Loop, name: str = "t1", onset_seq: int | None = None) -> Outcome:
    asked = trigger(name, at=loop.now, onset_seq=onset_seq)
    loop.ports.triggers.save(asked)
    return retrain(loop.desk, asked, now=loop.now)


def asked_tests(loop: Loop) -> list[CorrectionTest]:
    """What the next candidate would be asked, as seen by the champion."""
    found = loop.desk.champion()
    assert found is not None
    return standing_tests(loop.desk, loop.now, found[1], loop.token())


def reason(outcome: Outcome) -> Reason | None:
    return next((one for one in outcome.decision.reasons if one.rule == "corrections"), None)


def test_a_first_training_keeps_a_ledger_and_leaves_no_tests(tmp_path: Path) -> None:
    loop, first = drifted(tmp_path)
    ledger = loop.ports.corrections.get(first.run.id)
    assert ledger.before_version is None
    assert ledger.before.startswith("no model served before")
    assert len(loop.ports.corrections.rows(first.run.id, 1_000)) == ledger.kept > 0
    assert asked_tests(loop) == []


def test_what_a_promoted_run_corrected_is_asked_from_then_on(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    second = answer(loop)
    assert second.decision.kind == "promote"
    assert reason(second) is None  # there was nothing to ask yet
    rows = loop.ports.corrections.rows(second.run.id, 1_000)
    fixed = {row.id for row in rows if row.fate == "fixed"}
    tests = asked_tests(loop)
    assert {test.prediction_id for test in tests} == fixed
    assert {(test.version, test.state) for test in tests} == {(2, "kept")}
    found = loop.desk.champion()
    assert found is not None
    assert set(right_answers(found[1], tests)) == fixed
    loop.label(loop.serve(300))
    third = answer(loop, "t2")
    told = reason(third)
    assert told is not None
    assert f"Of {len(fixed)} corrections" in told.text


def test_a_rejected_run_corrects_nobody(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(900), 300)
    loop.label(loop.serve(600))
    second = answer(loop)
    assert second.decision.kind == "reject"
    assert loop.ports.corrections.get(second.run.id).before_version == 1
    assert asked_tests(loop) == []


def test_a_version_that_a_person_promotes_leaves_its_tests_as_well(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path, replace_section(FRESH_MATTERS, promotion={"approval": "manual"}))
    second = answer(loop)
    assert second.decision.kind == "reject"
    assert asked_tests(loop) == []
    promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="it is better", actor="ana", at=loop.now))
    assert {test.version for test in asked_tests(loop)} == {2}


def replace_section(model: ModelSpec, **sections: object) -> ModelSpec:
    return ModelSpec.model_validate({**model.model_dump(mode="json", exclude_unset=True), **sections})


def test_after_a_rollback_the_old_champion_answers_for_the_tests(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    answer(loop)
    count = len(asked_tests(loop))
    roll_back_by_hand(loop.ports, MODEL, Choice(decision_id="d", reason="odd", actor="ana", at=loop.now))
    loop.label(loop.serve(300))
    third = answer(loop, "t2")
    states = {test.state for test in loop.ports.standing_tests.asked(MODEL) if test.version == 2}
    assert states <= {"forgotten", "fixed_again"}
    told = reason(third)
    assert told is not None
    assert told.passed
    assert f"Of {count} corrections that became tests it forgets 0" in told.text


def corrected_label(loop: Loop, name: str) -> None:
    (label,) = loop.ports.labels.history(MODEL, name)
    turned = {"up": "down", "down": "up"}[str(label.value)]
    loop.ports.labels.add([Label(model=MODEL, prediction_id=name, value=turned, time=loop.now)])


def held_back(loop: Loop, name: str) -> None:
    joined = loop.ports.labels.joined(MODEL, 0, 10_000)
    place = next(one.place for one in joined if one.label.prediction_id == name)
    loop.ports.quarantines.save(
        Quarantine(id="q", model=MODEL, at=loop.now, reason="flipped", first_place=place, last_place=place)
    )


@pytest.mark.parametrize(("change", "why"), [(corrected_label, "was corrected"), (held_back, "held back")])
def test_a_label_that_turned_out_wrong_withdraws_its_test_for_good(
    tmp_path: Path, change: Callable[[Loop, str], None], why: str
) -> None:
    loop, _ = drifted(tmp_path)
    answer(loop)
    gone, *others = asked_tests(loop)
    if not gone.prediction_id.startswith("row-"):
        gone = next(test for test in others if test.prediction_id.startswith("row-"))
    before = len(others) + 1
    change(loop, gone.prediction_id)
    assert len(asked_tests(loop)) == before - 1
    (kept,) = [one for one in loop.ports.standing_tests.page(MODEL, 1_000) if one.withdrawn_at is not None]
    assert kept.prediction_id == gone.prediction_id
    assert why in kept.withdrawn_because
    assert len(asked_tests(loop)) == before - 1  # adopting the run again does not bring it back


@pytest.mark.parametrize("span", ["100 rows", "100m"])
def test_tests_age_with_the_event_time_of_their_rows(tmp_path: Path, span: str) -> None:
    loop, _ = drifted(tmp_path, replace_section(FRESH_MATTERS, evidence={"tests_for": span}))
    answer(loop)
    tests = asked_tests(loop)
    assert tests
    assert all(test.time >= loop.now - timedelta(minutes=100) for test in tests)
    loop.serve(100)
    reader = loop.desk.bundle(loop.champion().sha256)
    later = standing_tests(loop.desk, minute(loop.sent), reader, loop.token())
    assert later == []


def test_tests_from_before_the_change_are_told_and_not_held_against_a_candidate(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    answer(loop)
    count = len(asked_tests(loop))
    loop.label(loop.serve(400))
    onset = loop.ports.predictions.last_seq(MODEL) - 350
    third = answer(loop, "t2", onset_seq=onset)
    assert reason(third) is None
    assert count > 0
    assert len(loop.ports.standing_tests.asked(MODEL)) >= count


def test_a_test_that_the_model_cannot_read_any_more_ends(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    answer(loop)
    tests = asked_tests(loop)
    odd = replace(tests[0], features={**tests[0].features, "gone": 1.0})
    loop.ports.standing_tests.save([odd])
    assert [test.prediction_id for test in asked_tests(loop)] == [test.prediction_id for test in tests[1:]]
    (ended,) = [one for one in loop.ports.standing_tests.page(MODEL, 1_000) if one.withdrawn_at is not None]
    assert "cannot read it any more" in ended.withdrawn_because
    assert "gone" in ended.withdrawn_because


def test_switched_off_nothing_is_kept_or_asked(tmp_path: Path) -> None:
    loop, first = drifted(tmp_path, replace_section(FRESH_MATTERS, evidence={"corrections": False}))
    second = answer(loop)
    assert second.decision.kind == "promote"
    for run in (first.run.id, second.run.id):
        with pytest.raises(NotFound, match="corrections: false"):
            loop.ports.corrections.get(run)
    assert asked_tests(loop) == []
