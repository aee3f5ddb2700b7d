"""Who answers beside the champion after a training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from flows.promotion import losses
from flows.retraining.retrain import Outcome, retrain, train_first
from infra.crowning import Choice, appointed, promote_by_hand
from tests.builders import KINDS, MODEL, Loop, desk_for, minute, spec, started, stream, trigger

MANUAL = {"approval": "manual"}
OWN_RULE = "tests.unit.flows.training.test_simple_bundle"


def retrained(loop: Loop) -> Outcome:
    """Two hundred rows after the concept changed, all labelled, and a retraining on them."""
    loop.label(loop.serve(400))
    return retrain(loop.desk, trigger(at=loop.now), now=loop.now)


def test_the_permanent_shadow_exists_after_a_training(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(600), 400)
    simple = appointed(loop.ports, MODEL, "simple")
    assert simple is not None
    assert (simple.version, simple.since) == (0, minute(399))
    bundle = loop.desk.bundle(simple.sha256)
    bundle.prove()
    assert (bundle.provenance["baseline"], bundle.provenance["run"]) == ("logistic_regression", outcome.run.id)
    later = stream(600).frame[400:]
    answers = bundle.answer(bundle.schema.encode(later)).values
    assert np.mean(losses("classification", answers, stream(600).truth[400:])) < 0.1


def test_it_stays_as_it_was_when_a_later_candidate_is_promoted(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(1200, change=300), 300)
    before = appointed(loop.ports, MODEL, "simple")
    assert retrained(loop).decision.kind == "promote"
    assert appointed(loop.ports, MODEL, "simple") == before


def test_a_home_without_one_gets_it_with_the_next_promotion(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(1200, change=300), 300)
    loop.ports.shadows.dismiss(MODEL, "simple")
    assert retrained(loop).decision.kind == "promote"
    assert appointed(loop.ports, MODEL, "simple") is not None


def test_a_new_beginning_with_other_columns_has_a_simple_model_that_can_read_them(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(600), 400)
    first = appointed(loop.ports, MODEL, "simple")
    examples = stream(600).examples(400)
    train_first(loop.desk, examples, KINDS, now=minute(500))
    assert appointed(loop.ports, MODEL, "simple") == first
    fewer = {name: kind for name, kind in KINDS.items() if name != "site"}
    train_first(loop.desk, examples, fewer, now=minute(501))
    second = appointed(loop.ports, MODEL, "simple")
    assert second is not None
    assert second != first
    assert loop.desk.bundle(second.sha256).schema.kinds == fewer


def test_a_users_own_rule_is_not_appointed(tmp_path: Path) -> None:
    model = spec(baseline=f"{OWN_RULE}:rule")
    desk = replace(desk_for(tmp_path, model), allowed_modules=[OWN_RULE])
    outcome = train_first(desk, stream(300).examples(300), KINDS, now=minute(299))
    assert outcome.decision.kind == "promote"
    assert desk.ports.shadows.appointments() == []


def test_a_candidate_that_only_awaits_a_persons_word_challenges_the_champion(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(1200, change=300), 300, spec(promotion=MANUAL))
    outcome = retrained(loop)
    assert outcome.decision.kind == "reject"
    challenger = appointed(loop.ports, MODEL, "challenger")
    assert challenger is not None
    assert challenger.version == outcome.decision.version == 2
    promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="good", actor="ana", at=loop.now))
    assert appointed(loop.ports, MODEL, "challenger") is None


def test_a_candidate_that_did_not_pass_challenges_nobody(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(1200), 300, spec(promotion=MANUAL))
    assert retrained(loop).decision.kind == "reject"
    assert appointed(loop.ports, MODEL, "challenger") is None
