from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows.retraining.reproducing import reproduce
from flows.retraining.retrain import retrain
from flows.training.examples import LABEL_SOURCE, LABEL_TIME
from infra.domain.errors import DataError, NotFound
from infra.domain.labelling import Quarantine
from infra.domain.predictions import Label
from tests.builders import MODEL, Loop, started, stream, trigger

OTHER = {"up": "down", "down": "up"}


def disordered(folder: Path, seed: int) -> tuple[Loop, set[str]]:
    """Two retrainings' worth of rows: late labels, corrections before and after now, two sources, quarantines."""
    rng = np.random.default_rng(seed)
    loop, _ = started(folder, stream(900, change=300, seed=seed), 300)
    loop.label(loop.serve(200))
    retrain(loop.desk, trigger("first", at=loop.now), now=loop.now)
    places = loop.serve(300)
    for place in places:
        late = timedelta(minutes=float(rng.choice([-5, 0, 60])))
        told = Label(
            model=MODEL,
            prediction_id=f"row-{place}",
            value=loop.stream.truth[place],
            time=loop.now + late,
            source=str(rng.choice(["bench", "gauge"])),
        )
        corrected = replace(
            told, value=OTHER[str(told.value)], time=told.time + timedelta(minutes=float(rng.choice([1, 90])))
        )
        loop.ports.labels.add([told, *([corrected] if rng.random() < 0.2 else [])])
    for number in range(3):
        first = int(rng.integers(1, loop.ports.labels.last_place(MODEL)))
        source = "gauge" if number == 0 else None
        last = first + int(rng.integers(5, 30))
        loop.ports.quarantines.save(
            Quarantine(
                id=str(number), model=MODEL, at=loop.now, reason="r", first_place=first, last_place=last, source=source
            )
        )
    ids = [f"row-{place}" for place in range(300, loop.sent)]
    return loop, loop.ports.quarantines.held_back(MODEL, ids)


@pytest.mark.parametrize("seed", range(5))
def test_no_label_that_is_held_back_or_not_yet_known_is_ever_used(tmp_path: Path, seed: int) -> None:
    loop, held = disordered(tmp_path, seed)
    assert held
    outcome = retrain(loop.desk, trigger("second", at=loop.now), now=loop.now)
    table = loop.ports.snapshots.load(outcome.run.snapshot)
    used = table[table["@seq"] > 0]
    assert len(used) > 100
    assert not set(used["@id"]) & held
    assert (used[LABEL_TIME] <= pd.Timestamp(loop.now)).all()
    for name, value, at, source in zip(used["@id"], used["@target"], used[LABEL_TIME], used[LABEL_SOURCE], strict=True):
        known = [one for one in loop.ports.labels.history(MODEL, name) if one.time <= loop.now]
        assert (value, at.to_pydatetime(), source) == (known[-1].value, known[-1].time, known[-1].source)
    history = table[table["@seq"] == 0]
    assert history[LABEL_TIME].isna().all()


def test_a_run_made_again_gives_the_same_weights(tmp_path: Path) -> None:
    loop, first = started(tmp_path, stream(900, change=300), 300)
    loop.label(loop.serve(400))
    second = retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    for outcome in (first, second):
        found = reproduce(loop.desk, outcome.run.id)
        assert (found.same, found.bundle_again) == (True, found.bundle), found.why
    learner = loop.desk.spec.learner.model_copy(update={"learning_rate": 0.001})
    changed = replace(loop.desk, spec=loop.desk.spec.model_copy(update={"learner": learner}))
    assert not reproduce(changed, second.run.id).same
    assert loop.ports.versions.next_version(MODEL) == 3


def test_what_came_to_no_version_cannot_be_made_again(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(600), 300)
    loop.label(loop.serve(20))
    with pytest.raises(DataError):
        retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    with pytest.raises(DataError, match="came to no version"):
        reproduce(loop.desk, loop.ports.runs.page(MODEL, 1)[0].id)
    with pytest.raises(NotFound):
        reproduce(loop.desk, "none")
