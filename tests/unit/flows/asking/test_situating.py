"""What a policy is told: a trial under way is no rejection, and a first training is known by its trigger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flows.asking.situating import situation_of
from flows.ledger.budgeting import forecast_cost
from flows.retraining.retrain import train_first
from infra.domain.decisions import Champion
from monitoring.policies.situation import Situation
from tests.builders import KINDS, MODEL, Loop, minute, started, stream, trigger
from tests.unit.flows.asking.test_bringing_back import look, turned
from tests.unit.flows.trial.test_challenging import SHADOW, challenged


def situation(loop: Loop) -> Situation:
    return situation_of(loop.desk, loop.champion(), loop.now)


def test_a_candidate_on_trial_is_no_rejection_until_it_is_dropped(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion=SHADOW)
    assert situation(loop).past == ()
    newest = loop.ports.decisions.page(MODEL, 1)[0]
    loop.ports.decisions.add(replace(newest, id="dropped", kind="dismiss", at=loop.now + timedelta(minutes=1)))
    assert [one.promoted for one in situation(loop).past] == [False]


def test_first_trainings_are_left_out_by_their_trigger_and_not_by_their_version(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(900), 300)
    train_first(loop.desk, stream(900).examples(400), KINDS, now=minute(400))
    assert loop.champion().version == 2
    assert situation(loop).past == ()
    (second, first) = loop.ports.runs.page(MODEL, 9)
    later = replace(first, id="later", at=minute(500), trigger_id="t", version=1)
    loop.ports.triggers.save(trigger("t", state="done"))
    loop.ports.runs.save(replace(later, metrics={**(second.metrics or {}), "cost": 7.0}))
    assert [one.at for one in situation(loop).past] == [minute(500)]
    assert forecast_cost(loop.desk) == 7.0


def test_a_version_that_came_back_and_had_its_chance_is_no_longer_spared_its_rivals(tmp_path: Path) -> None:
    loop = turned(tmp_path)
    look(loop)
    champion: Champion = loop.champion()
    assert champion.version == 1
    assert situation(loop).brought_back
    loop.ports.triggers.save(trigger("later", at=champion.since + timedelta(hours=1), state="done"))
    assert not situation(loop).brought_back
