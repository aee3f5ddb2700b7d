from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.asking.considering import consider
from flows.monitor import monitor
from flows.retraining.retrain import retrain
from flows.trial.watching import WatchResult, watch, watch_and_act
from flows.windows.references import References
from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.memory.tracking import MemoryRegistry
from infra.model.bundle import ModelBundle
from tests.builders import MODEL, START, Loop, spec, started, stream, trigger
from tests.unit.flows.test_monitor import Press

LEVEL = spec(retraining={"policy": "never"})


def crown(loop: Loop, bundle: ModelBundle, version: int = 2) -> Champion:
    """Force a bundle onto the throne, on probation for 200 rows."""
    config, weights = bundle.pack()
    run_id = loop.ports.runs.page(MODEL, 1)[0].id
    candidate = Candidate(model=MODEL, version=version, sha256=bundle.sha256, run_id=run_id, created_at=loop.now)
    loop.ports.versions.add(candidate, config, weights)
    with loop.ports.tracking.run(MODEL, "forced") as tracked:
        loop.ports.registry.register(candidate, config, weights, tracked)
    since = loop.ports.predictions.last_seq(MODEL)
    champion = Champion(
        model=MODEL,
        version=version,
        sha256=bundle.sha256,
        since=loop.now,
        since_seq=since,
        accepted=0.9,
        decision_id="forced",
        probation_until_seq=since + 200,
    )
    decision = PromotionDecision(
        id="forced", model=MODEL, at=loop.now, kind="promote", version=version, previous_version=1, reasons=()
    )
    loop.ports.versions.crown(champion, decision)
    loop.ports.registry.alias_champion(MODEL, version)
    return champion


def act(loop: Loop) -> WatchResult:
    monitor(loop.desk, References(loop.desk), Press(), now=loop.now)
    return watch_and_act(loop.desk, now=loop.now)


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    made, _ = started(tmp_path, stream(2000), 300, LEVEL)
    made.label(made.serve(100))
    return made


def with_swapped_classes(loop: Loop) -> ModelBundle:
    """The champion's network with the names of its classes exchanged: wrong wherever it was right."""
    found = loop.desk.champion()
    assert found is not None
    bundle = found[1]
    assert bundle.classes is not None
    return replace(bundle, classes=(bundle.classes[1], bundle.classes[0])).with_example(loop.stream.features(0))


def as_good(loop: Loop) -> ModelBundle:
    """The champion again, under another hash."""
    found = loop.desk.champion()
    assert found is not None
    return replace(found[1], provenance={**found[1].provenance, "again": 1})


def test_a_first_champion_is_on_no_probation(loop: Loop) -> None:
    assert watch(loop.desk) == "no probation"
    assert watch_and_act(loop.desk, now=loop.now) == WatchResult(word="no probation")


def test_a_bad_champion_is_taken_back_as_soon_as_its_labels_show_it(loop: Loop) -> None:
    first = loop.champion()
    crown(loop, with_swapped_classes(loop))
    assert act(loop).word == "wait"
    loop.label(loop.serve(100))
    assert watch(loop.desk) == "rollback"
    result = act(loop)
    champion = loop.champion()
    assert (result.word, champion.version, champion.sha256) == ("rollback", 1, first.sha256)
    assert champion.accepted == first.accepted
    assert champion.probation_until_seq is None
    assert champion.since_seq == 200
    assert isinstance(loop.ports.registry, MemoryRegistry)
    assert loop.ports.registry.champion(MODEL) == (1, first.sha256)
    decision = loop.ports.decisions.page(MODEL, 1)[0]
    assert (decision.kind, decision.version, decision.previous_version) == ("rollback", 1, 2)
    assert not all(reason.passed for reason in decision.reasons)
    assert act(loop).word == "no probation"


def test_a_good_champion_waits_until_its_probation_is_measured_and_is_kept(loop: Loop) -> None:
    crown(loop, as_good(loop))
    words = []
    for _ in range(3):
        loop.label(loop.serve(100))
        words.append(act(loop).word)
    assert words == ["wait", "wait", "keep"]
    champion = loop.champion()
    assert (champion.version, champion.probation_until_seq, champion.since_seq) == (2, None, 100)
    assert loop.ports.decisions.page(MODEL, 1)[0].kind == "keep"


def test_unlabelled_rows_say_nothing_about_a_champion(loop: Loop) -> None:
    crown(loop, with_swapped_classes(loop))
    loop.serve(100)
    assert act(loop).word == "wait"


def test_a_kept_champion_is_taken_back_no_more(loop: Loop) -> None:
    crown(loop, as_good(loop))
    for _ in range(3):
        loop.label(loop.serve(100))
        act(loop)
    assert watch(loop.desk) == "no probation"


def test_watching_waits_while_a_training_may_be_about_to_crown_another(loop: Loop) -> None:
    crown(loop, with_swapped_classes(loop))
    loop.label(loop.serve(100))
    lease = loop.ports.leases.acquire(MODEL, "a training", START, 900.0)
    assert act(loop).word == "wait"
    assert loop.champion().version == 2
    loop.ports.leases.release(lease)
    assert act(loop).word == "rollback"


def test_a_version_whose_run_left_no_figures_can_still_be_restored(loop: Loop) -> None:
    crown(loop, with_swapped_classes(loop))
    loop.label(loop.serve(100))
    run = loop.ports.runs.page(MODEL, 1)[0]
    loop.ports.runs.save(replace(run, metrics=None))
    assert act(loop).word == "rollback"
    assert loop.champion().accepted == pytest.approx(0.9)


def test_after_a_rollback_the_loop_goes_on_from_the_restored_champion(loop: Loop) -> None:
    crown(loop, with_swapped_classes(loop))
    loop.label(loop.serve(100))
    act(loop)
    loop.label(loop.serve(100))
    assert loop.accuracy(range(500, 600)) > 0.9
    weighed = consider(loop.desk, now=loop.now)
    assert weighed is not None
    assert weighed.state == "refused"
    outcome = retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    assert outcome.decision.previous_version == 1
    assert outcome.decision.version == 3
