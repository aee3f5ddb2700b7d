"""A training's progress is on disk line by line, for another process to read while it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.retraining.retrain import train_first
from infra.domain.errors import TrainingFailed
from infra.progress import progress_file, read_progress
from tests.builders import FAST, KINDS, desk_for, minute, spec, stream


def test_every_epoch_is_there_with_what_is_left_and_what_it_cost(tmp_path: Path) -> None:
    desk = desk_for(tmp_path)
    outcome = train_first(desk, stream(300).examples(300), KINDS, now=minute(299))
    told = read_progress(desk.ports.artifacts, outcome.run.id)
    epochs = [one for one in told if one["event"] == "epoch"]
    assert (told[0]["event"], told[-1]["event"]) == ("began", "ended")
    assert {one["run"] for one in told} == {outcome.run.id}
    assert [one["number"] for one in epochs] == list(range(1, len(epochs) + 1))
    costs = [one["cost_so_far"] for one in epochs]
    assert all(isinstance(cost, float) and cost > 0 for cost in costs)
    assert costs == sorted(costs)
    assert all(float(str(one["seconds_left"])) >= 0 for one in epochs)
    assert (epochs[0]["metric"], epochs[0]["currency"]) == ("accuracy", "EUR")
    assert told[-1]["state"] == "trained"


def test_a_failed_training_says_why_in_its_last_line(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(learner={**FAST, "learning_rate": 1e30}))
    with pytest.raises(TrainingFailed):
        train_first(desk, stream(300).examples(300), KINDS, now=minute(299))
    (run,) = desk.ports.runs.page(desk.spec.model, 10)
    last = read_progress(desk.ports.artifacts, run.id)[-1]
    assert (last["event"], last["state"], last["message"]) == ("ended", "failed", run.message)


def test_what_is_not_written_yet_is_left_out(tmp_path: Path) -> None:
    assert read_progress(tmp_path, "r") == []
    progress_file(tmp_path, "r").parent.mkdir(parents=True)
    progress_file(tmp_path, "r").write_text('{"event": "began"}\n{"event": "ep', encoding="utf-8")
    assert read_progress(tmp_path, "r") == [{"event": "began"}]
