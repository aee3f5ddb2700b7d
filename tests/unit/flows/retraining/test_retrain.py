from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.desk import Desk
from flows.ledger.metering import run_meter, spent_on
from flows.promotion import losses
from flows.retraining.retrain import Outcome, retrain, train_first
from flows.training.examples import from_snapshot
from flows.trial.mirroring import mirror_champion
from infra.domain.costs import amount_of
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError, Refused, TrainingFailed, Unavailable
from infra.domain.predictions import Answered, Label
from infra.ledger.book import CostBook
from infra.memory.tracking import MemoryRegistry, MemoryTracking
from infra.model.bundle import ModelBundle
from services.cli.outcome import outcome_lines, outcome_record
from services.dashboard.spending import by_stage
from tests.builders import FAST, KINDS, MODEL, START, Loop, desk_for, minute, spec, started, stream, trigger

FRESH_MATTERS = spec(retraining={"min_labels": 100, "replay": 0.2})


def drifted(folder: Path, *, labelled: bool = True) -> tuple[Loop, list[Outcome]]:
    """A loop whose concept changed 500 rows ago, all labelled."""
    loop, first = started(folder, stream(2000, change=400), 300, FRESH_MATTERS)
    places = loop.serve(600)
    if labelled:
        loop.label(places)
    return loop, [first]


def answer(loop: Loop, onset_seq: int | None = None, name: str = "t1") -> Outcome:
    asked = trigger(name, at=loop.now, onset_seq=onset_seq)
    loop.ports.triggers.save(asked)
    return retrain(loop.desk, asked, now=loop.now)


def registry(desk: Desk) -> MemoryRegistry:
    assert isinstance(desk.ports.registry, MemoryRegistry)
    return desk.ports.registry


def tracking(desk: Desk) -> MemoryTracking:
    assert isinstance(desk.ports.tracking, MemoryTracking)
    return desk.ports.tracking


def only_run(desk: Desk) -> TrainingRun:
    (run,) = desk.ports.runs.page(MODEL, 10)
    return run


def states(desk: Desk) -> dict[str, str]:
    return {one.id: one.state for one in desk.ports.triggers.page(MODEL, 100)}


def test_a_first_training_crowns_the_first_champion(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    champion = loop.champion()
    assert (champion.version, champion.since_seq, champion.probation_until_seq) == (1, 0, None)
    assert champion.accepted == pytest.approx((outcome.run.metrics or {})["holdout_accuracy"])
    assert champion.accepted > 0.85
    assert registry(loop.desk).champion(MODEL) == (1, champion.sha256)
    assert (outcome.run.state, outcome.run.start, outcome.run.version) == ("succeeded", "scratch", 1)
    assert loop.ports.runs.page(MODEL, 10) == [outcome.run]


def test_a_run_is_told_to_the_tracker_with_its_cost_and_its_dossier(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    (tracked,) = tracking(loop.desk).runs
    assert (tracked.state, outcome.run.mlflow_run_id) == ("FINISHED", tracked.id)
    ((_, told),) = tracked.told_metrics["cost"]
    assert outcome.cost is not None
    assert 0 < told <= outcome.cost  # the telling costs as well
    assert len(tracked.told_metrics["validation_loss"]) == (outcome.run.metrics or {})["epochs"]
    assert tracked.told_params["train_rows"] == outcome.run.rows
    assert tracked.told_datasets == [(f"{MODEL}-snapshot", outcome.run.snapshot, outcome.run.rows)]
    assert {"dossier/dossier.html", "dossier/dossier.json"} <= set(tracked.told_files)


def test_every_stage_has_a_cost_entry_and_they_sum_to_the_cost(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300, spec(labels={"cost_each": 0.5}))
    entries = loop.ports.costs.of_run(outcome.run.id)
    assert {"prepare", "train", "baseline", "corrections", "evaluate", "register", "evidence"} <= {
        entry.stage for entry in entries if entry.unit == "cpu_second"
    }
    assert len({(entry.stage, entry.unit) for entry in entries}) == len(entries)
    assert amount_of(entries) == pytest.approx(outcome.cost)
    assert amount_of(entry for entry in entries if entry.unit == "label") == 150.0
    assert loop.ports.costs.total(MODEL) == pytest.approx(outcome.cost)
    assert (outcome.run.metrics or {})["cpu_seconds"] == pytest.approx(
        sum(entry.quantity for entry in entries if entry.unit == "cpu_second")
    )


def test_after_a_change_a_retrained_candidate_is_promoted_and_serves_better(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    before = loop.accuracy(range(400, 900))
    outcome = answer(loop, onset_seq=101)
    champion = loop.champion()
    assert outcome.decision.kind == "promote", outcome.decision.summary
    assert (champion.version, champion.since_seq) == (2, 600)
    assert champion.probation_until_seq == 600 + 2 * 100
    assert registry(loop.desk).champion(MODEL) == (2, champion.sha256)
    assert outcome.run.start == "warm:1"
    assert states(loop.desk)["t1"] == "done"
    assert loop.accuracy(loop.serve(200)) > before + 0.2


def test_a_rejected_candidate_is_kept_and_the_champion_stays(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(900), 300)
    before = loop.champion()
    loop.label(loop.serve(300))
    outcome = answer(loop)
    assert outcome.decision.kind == "reject"
    assert (outcome.decision.version, outcome.decision.previous_version) == (2, 1)
    assert loop.champion() == before
    assert registry(loop.desk).champion(MODEL) == (1, before.sha256)
    assert [candidate.version for candidate in loop.ports.versions.all(MODEL)] == [1, 2]
    assert states(loop.desk)["t1"] == "done"


def test_a_label_that_is_not_known_yet_is_not_used(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path, labelled=False)
    loop.label(range(300, 700))
    loop.label(range(700, 900), at=loop.now + timedelta(minutes=1))
    outcome = answer(loop)
    used = from_snapshot(loop.ports.snapshots.load(outcome.run.snapshot))
    assert {name for name in used.ids if name.startswith("row-")} == {f"row-{place}" for place in range(300, 700)}


def test_no_row_plays_two_parts_and_the_next_training_goes_on_where_the_champion_left_off(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    first = answer(loop, onset_seq=101)
    assert first.decision.kind == "promote"
    loop.label(loop.serve(300))
    second = answer(loop, name="t2")
    table = loop.ports.snapshots.load(second.run.snapshot)
    assert not table["@id"].duplicated().any()
    bundle = loop.desk.bundle(loop.ports.versions.get(MODEL, 2).sha256)
    through = int(bundle.provenance["trained_through_seq"] or 0)
    earlier = loop.ports.snapshots.load(first.run.snapshot)
    judged = earlier[earlier["@part"] == "holdout"]["@seq"]
    assert through < judged.min()
    assert set(judged) <= set(table["@seq"])


def test_the_same_rows_and_seed_give_the_same_bundle(tmp_path: Path) -> None:
    hashes = [started(tmp_path / name, stream(300), 300)[0].champion().sha256 for name in ("one", "two")]
    other = started(tmp_path / "three", stream(300), 300, spec(learner={**FAST, "seed": 1}))[0].champion().sha256
    assert hashes[0] == hashes[1] != other


def test_a_scratch_order_starts_from_no_weights(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    outcome = retrain(loop.desk, trigger(at=loop.now), now=loop.now, how="scratch")
    assert outcome.run.start == "scratch"
    assert outcome.run.rows > 600


def test_too_few_labels_fail_the_run_and_its_trigger_with_a_cost(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(600), 300)
    loop.label(loop.serve(20))
    with pytest.raises(DataError, match="20 new labelled rows are too few"):
        answer(loop)
    run = loop.ports.runs.page(MODEL, 1)[0]
    assert (run.state, run.version) == ("failed", None)
    assert "too few" in run.message
    entries = loop.ports.costs.of_run(run.id)
    assert {entry.stage for entry in entries} == {"register", "prepare"}
    assert (run.metrics or {})["cpu_seconds"] == pytest.approx(sum(entry.quantity for entry in entries))
    assert states(loop.desk)["t1"] == "failed"
    assert tracking(loop.desk).runs[-1].state == "FAILED"
    assert loop.champion().version == 1


def test_a_training_that_diverges_is_a_failed_run_with_the_seconds_it_took(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    made = stream(300)
    labels = ("up",) * 225 + ("down",) * 75  # nothing after the training rows has a class that they hold
    history = replace(made.examples(300), target=labels)
    with pytest.raises(TrainingFailed):
        train_first(desk, history, KINDS, now=minute(299))
    run = only_run(desk)
    assert run.state == "failed"
    assert {entry.stage for entry in desk.ports.costs.of_run(run.id)} == {"register", "prepare", "train"}
    assert desk.ports.versions.champion(MODEL) is None


def test_a_lease_that_another_holds_refuses_and_leaves_the_trigger_waiting(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    loop.ports.leases.acquire(MODEL, "somebody else", START, 900.0)
    with pytest.raises(Refused, match="somebody else"):
        answer(loop)
    assert states(loop.desk)["t1"] == "accepted"
    assert len(loop.ports.runs.page(MODEL, 10)) == 1


def test_the_lease_is_free_again_after_a_failure(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    with pytest.raises(DataError):
        train_first(desk, stream(300).examples(10), KINDS, now=minute(9))
    assert train_first(desk, stream(300).examples(300), KINDS, now=minute(299)).decision.kind == "promote"


def test_a_killed_run_leaves_what_it_had_spent_and_a_resumed_one_counts_both_segments_once(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    run = TrainingRun(
        id="r",
        model=MODEL,
        at=START,
        trigger_id="t",
        state="running",
        start="scratch",
        rows=0,
        snapshot="",
        seed=0,
        data_start=None,
        data_end=None,
    )
    killed, resumed = run_meter(desk, run), run_meter(desk, run)
    with killed.stage("train"):
        for _ in range(3):
            sum(range(50_000))
            killed.checkpoint()  # at each epoch, until it is killed
    before = spent_on(desk, "r")
    killed.checkpoint()
    with resumed.stage("train"):
        sum(range(200_000))
    resumed.checkpoint()
    resumed.checkpoint()
    spent = spent_on(desk, "r")["cpu_seconds"]
    assert before["cpu_seconds"] > 0
    assert spent == pytest.approx(killed.cpu_seconds() + resumed.cpu_seconds())
    assert [entry.stage for entry in desk.ports.costs.of_run("r")] == ["train", "train"]


class AwayRegistry(MemoryRegistry):
    """A registry that does not answer."""

    def register(self, *_: object) -> None:
        raise Unavailable("the registry does not answer")


def test_a_part_that_was_away_leaves_the_trigger_waiting_for_another_try(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)
    asked = trigger(at=loop.now)
    loop.ports.triggers.save(asked)
    away = replace(loop.desk, ports=replace(loop.ports, registry=AwayRegistry()))
    with pytest.raises(Unavailable):
        retrain(away, asked, now=loop.now)
    assert loop.ports.runs.page(MODEL, 1)[0].state == "crashed"
    assert states(loop.desk)["t1"] == "accepted"


def test_a_model_without_a_champion_says_what_to_do_first(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="keepsharp train"):
        retrain(desk_for(tmp_path), trigger(), now=START)


def test_a_label_is_paid_for_once(tmp_path: Path) -> None:
    model = spec(labels={"cost_each": 1.0, "expected_delay": "50 rows"})
    loop, first = started(tmp_path, stream(900), 300, model)
    loop.label(loop.serve(200))
    outcomes = [first, answer(loop)]
    loop.label(loop.serve(100))
    outcomes.append(answer(loop, name="t2"))
    assert [outcome.decision.kind for outcome in outcomes] == ["promote", "reject", "reject"]
    assert [paid(loop, outcome) for outcome in outcomes] == [300.0, 200.0, 100.0]


def test_a_label_that_comes_late_is_paid_for_by_the_run_that_uses_it_first(tmp_path: Path) -> None:
    model = spec(labels={"cost_each": 1.0, "expected_delay": "50 rows"})
    loop, first = started(tmp_path, stream(900), 300, model)
    places = loop.serve(200)
    late = places[20:60]
    loop.label([place for place in places if place not in late])
    outcomes = [first, answer(loop)]
    more = loop.serve(100)
    loop.label([*late, *more])
    outcomes.append(answer(loop, name="t2"))
    assert [paid(loop, outcome) for outcome in outcomes] == [300.0, 160.0, 140.0]
    loop.ports.labels.add(
        [Label(model=MODEL, prediction_id=f"row-{late[0]}", value="corrected", time=loop.now + timedelta(minutes=1))]
    )
    loop.label(loop.serve(50))
    assert paid(loop, answer(loop, name="t3")) == 50.0


def test_what_has_no_price_is_unknown_wherever_it_is_told(tmp_path: Path) -> None:
    model = spec(costs={"cpu_hour": None, "currency": "EUR"})
    loop, outcome = started(tmp_path, stream(300), 300, model)
    assert outcome.cost is None
    assert "cost" not in metrics_of(outcome)
    assert "cost" not in tracking(loop.desk).runs[0].told_metrics
    assert metrics_of(outcome)["cpu_seconds"] > 0
    assert outcome_record(outcome, model)["cost"] == {"total": None, "currency": "EUR"}
    assert "cost not priced" in outcome_lines(outcome, model)[-1]
    assert {(one.amount, one.share) for one in by_stage(loop.ports.costs.page(MODEL, 99))} == {(None, None)}
    assert CostBook(loop.ports).tally(MODEL).run_costs() == {}


def paid(loop: Loop, outcome: Outcome) -> float:
    entries = loop.ports.costs.of_run(outcome.run.id)
    return amount_of(entry for entry in entries if entry.unit == "label")


def test_numbers_are_learnt_and_corrected_too(tmp_path: Path) -> None:
    model = spec("regression", retraining={"min_labels": 100, "replay": 0.2})
    made = stream(2000, change=400, task="regression")
    loop, first = started(tmp_path, made, 300, model)
    assert loop.champion().accepted == pytest.approx(metrics_of(first)["holdout_mae"])
    loop.label(loop.serve(600))
    outcome = answer(loop, onset_seq=101)
    assert outcome.decision.kind == "promote", outcome.decision.summary
    mistakes = losses("regression", [one.prediction.value for one in served(loop)], made.truth[300:900])
    assert metrics_of(outcome)["holdout_mae"] < mistakes[100:].mean()


def served(loop: Loop) -> list[Answered]:
    return loop.ports.predictions.between(MODEL, 1, loop.ports.predictions.last_seq(MODEL))


def metrics_of(outcome: Outcome) -> Mapping[str, float]:
    assert outcome.run.metrics is not None
    return outcome.run.metrics


def test_a_bundle_knows_where_it_came_from(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    found = loop.desk.champion()
    assert found is not None
    bundle: ModelBundle = found[1]
    assert bundle.provenance["snapshot"] == outcome.run.snapshot
    assert bundle.provenance["trained_through_seq"] == 0


class BrokenRegistry(MemoryRegistry):
    """A registry that does something else when it is told of a promotion."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self.then = then

    def alias_champion(self, model: str, version: int) -> None:
        self.then()


def promoted_into(loop: Loop, then: Callable[[], None], problem: type[BaseException]) -> TrainingRun:
    """The run of a candidate that is promoted, after which something happens."""
    asked = trigger(at=loop.now, onset_seq=101)
    loop.ports.triggers.save(asked)
    broken = replace(loop.desk, ports=replace(loop.ports, registry=BrokenRegistry(then)))
    with pytest.raises(problem):
        retrain(broken, asked, now=loop.now)
    assert loop.champion().version == 2
    return loop.ports.runs.page(MODEL, 1)[0]


def test_what_goes_wrong_after_a_decision_undoes_nothing_and_nothing_is_trained_again(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)

    def fail() -> None:
        raise ValueError("the disk is on fire")

    run = promoted_into(loop, fail, ValueError)
    assert (run.state, run.version) == ("succeeded", 2)
    assert "the disk is on fire" in run.message
    assert states(loop.desk)["t1"] == "done"


def test_a_registry_that_is_away_after_a_decision_is_told_at_the_next_look(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)

    def fail() -> None:
        raise Unavailable("MLflow is away")

    run = promoted_into(loop, fail, Unavailable)
    assert (run.state, states(loop.desk)["t1"]) == ("succeeded", "done")
    mirror_champion(loop.desk)
    assert loop.ports.registry.champion(MODEL) == (2, loop.champion().sha256)


def test_a_run_that_lost_its_lease_after_the_decision_writes_no_end(tmp_path: Path) -> None:
    loop, _ = drifted(tmp_path)

    def taken() -> None:
        loop.ports.leases.acquire(MODEL, "another", START, 600.0, lambda _: True)

    assert promoted_into(loop, taken, Refused).state == "running"


class Killed(BaseException):
    """As good as SIGKILL."""


def test_labels_of_a_run_that_was_killed_after_its_decision_are_paid_for_once(tmp_path: Path) -> None:
    loop, _ = started(
        tmp_path, stream(2000, change=400), 300, spec(labels={"cost_each": 1.0, "expected_delay": "50 rows"})
    )
    loop.label(loop.serve(600))

    def die() -> None:
        raise Killed

    run = promoted_into(loop, die, Killed)
    loop.label(loop.serve(100))
    asked = trigger("t2", at=loop.now)
    loop.ports.triggers.save(asked)
    outcome = retrain(loop.desk, asked, now=loop.now)
    assert loop.ports.runs.get(run.id).state == "succeeded"
    entries = [one for one in loop.ports.costs.of_run(run.id) if one.unit == "label"]
    assert 500.0 < amount_of(entries) <= 600.0  # rows from before the onset were not all drawn
    assert paid(loop, outcome) == 100.0
