from __future__ import annotations

from pathlib import Path

import pytest

from flows.dossier import dossier_page
from flows.retraining import gathering
from flows.retraining.retrain import retrain
from infra.domain.errors import DataError
from infra.dossiers import read_dossier
from infra.memory.tracking import MemoryTracking
from tests.builders import MODEL, spec, started, stream, trigger


def test_a_first_training_shows_where_it_comes_from_and_what_half_would_have_given(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    told = read_dossier(tmp_path, MODEL, outcome.run.id)
    found = told.provenance
    assert found is not None
    assert (found.started, found.from_version, found.snapshot) == ("scratch", None, outcome.run.snapshot)
    assert found.sha256 == loop.champion().sha256
    assert found.parameters == sum(layer.parameters for layer in found.layers) > 0
    assert [part.sources for part in found.parts] == [{"history": part.rows} for part in found.parts]
    assert found.parts[0].rows == outcome.run.rows
    assert "cut in time order" in found.window
    assert told.learning_curve is not None
    assert told.learning_curve.points[-1].rows == outcome.run.rows
    assert told.merit is not None
    assert told.merit.speed.over == "the simple model"


def test_the_points_of_the_curve_are_kept_by_their_rows(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    told = read_dossier(tmp_path, MODEL, outcome.run.id)
    assert told.learning_curve is not None
    tracking = loop.ports.tracking
    assert isinstance(tracking, MemoryTracking)
    kept = tracking.runs[0].told_metrics["learning_curve/accuracy"]
    assert kept == [(point.rows, point.value) for point in told.learning_curve.points]
    assert tracking.runs[0].told_metrics["merit/gain"][0][1] == pytest.approx(told.merit.speed.gain.value)  # type: ignore[union-attr]


def test_a_retraining_names_its_champion_and_who_told_the_labels(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(700, change=300), 300)
    loop.label(loop.serve(400))
    outcome = retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    told = read_dossier(tmp_path, MODEL, outcome.run.id)
    found = told.provenance
    assert found is not None
    assert (found.started, found.from_version) == ("warm", 1)
    assert set(found.parts[0].sources) == {"api", "history"}
    assert found.parts[2].sources == {"api": found.parts[2].rows}
    assert "new since the champion's training" in found.window
    assert told.merit is not None
    assert told.merit.speed.over == "version 1"
    assert told.merit.speed.days > 0
    assert told.learning_curve is not None
    assert told.learning_curve.started == "warm"


def test_a_curve_that_is_switched_off_costs_nothing_and_says_so(tmp_path: Path) -> None:
    loop, outcome = started(tmp_path, stream(300), 300, spec(evidence={"learning_curve": False}))
    told = read_dossier(tmp_path, MODEL, outcome.run.id)
    assert told.learning_curve is None
    assert "switched off in the model file" in told.answers.half_the_labels
    assert "switched off in the model file" in dossier_page(told)
    spent = [entry.quantity for entry in loop.ports.costs.of_run(outcome.run.id) if entry.stage == "learning_curve"]
    assert sum(spent) < 0.01


def test_a_part_that_fails_is_left_out_with_its_reason_and_the_decision_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise DataError("a row cannot be read")

    monkeypatch.setattr(gathering, "measure_curve", fails)
    _, outcome = started(tmp_path, stream(300), 300)
    assert outcome.run.state == "succeeded"
    told = read_dossier(tmp_path, MODEL, outcome.run.id)
    assert told.unmeasured == {"learning_curve": "DataError: a row cannot be read"}
    assert "Not measured: DataError: a row cannot be read." in told.answers.half_the_labels
    assert "learning_curve of run" in caplog.text
