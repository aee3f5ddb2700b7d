"""A model file that names a checkpoint: first trainings and those from scratch begin there, warm ones do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.retraining.retrain import train_first
from flows.rows.ordering import first_order, fresh_order
from flows.rows.starting import given_start
from infra.domain.errors import NotFound, TrainingFailed
from tests.builders import FAST, KINDS, desk_for, minute, spec, started, stream, trigger


def _checkpoint(folder: Path) -> str:
    """A bundle on disk under `folder`, trained on another stream; the hash it has."""
    other = desk_for(folder / "other")
    outcome = train_first(other, stream(200, seed=5).examples(200), KINDS, now=minute(199))
    assert outcome.run.version is not None
    candidate = other.ports.versions.get(other.spec.model, outcome.run.version)
    config, weights = other.ports.versions.bundle(candidate.sha256)
    (folder / "base").mkdir()
    (folder / "base" / "config.json").write_text(config, encoding="utf-8")
    (folder / "base" / "weights.safetensors").write_bytes(weights)
    return candidate.sha256


def test_first_training_is_fine_tuned_and_says_from_what(tmp_path: Path) -> None:
    sha256 = _checkpoint(tmp_path)
    desk = desk_for(tmp_path, spec(learner={**FAST, "start": "base/", "frozen": ["body"]}))
    outcome = train_first(desk, stream(300).examples(300), KINDS, now=minute(299))
    assert outcome.run.start == f"pretrained:{sha256}"
    champion = desk.champion()
    assert champion is not None
    assert champion[1].provenance["start"] == f"pretrained:{sha256}"
    assert champion[1].provenance["start_sha256"] == sha256


def test_later_trainings_are_warm_unless_they_are_from_scratch(tmp_path: Path) -> None:
    sha256 = _checkpoint(tmp_path)
    loop, _ = started(tmp_path, stream(900), 300, spec(learner={**FAST, "start": "base/"}))
    loop.label(loop.serve(400))
    warm = fresh_order(loop.desk, trigger(at=loop.now), loop.now, "warm")
    scratch = fresh_order(loop.desk, trigger(at=loop.now), loop.now, "scratch")
    assert (warm.start_name, scratch.start_name) == ("warm:1", f"pretrained:{sha256}")


def test_a_versions_number_names_a_bundle_of_this_model(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(400), 300)
    desk = replace(loop.desk, spec=spec(learner={**FAST, "start": 1}))
    given = given_start(desk)
    assert given is not None
    assert given.source == "version 1"
    assert first_order(desk, stream(300).examples(300), KINDS).start_name == f"pretrained:{given.sha256}"
    with pytest.raises(NotFound):
        given_start(replace(loop.desk, spec=spec(learner={**FAST, "start": 7})))


def test_a_checkpoint_that_is_not_there_is_a_verdict_and_kept_with_the_run(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(learner={**FAST, "start": "absent.safetensors"}))
    with pytest.raises(TrainingFailed, match=r"there is no absent\.safetensors there"):
        train_first(desk, stream(300).examples(300), KINDS, now=minute(299))
    (run,) = desk.ports.runs.page(desk.spec.model, 10)
    assert run.state == "failed"
    assert "learner.start names" in str(run.message)
