from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import yaml

from infra.spec import ModelSpec
from services.line.history import as_history, model_file, write_history
from services.line.production import produce
from services.line.scenario import Scenario


def test_npz_holds_the_production(tmp_path: Path) -> None:
    production = produce(Scenario(rows=30), seed=5)
    write_history(production, tmp_path / "line.npz")
    with np.load(tmp_path / "line.npz", allow_pickle=False) as kept:
        assert set(kept.files) == {"X", "defect", "material", "time"}
        np.testing.assert_array_equal(kept["X"], production.pictures)
        assert tuple(kept["defect"]) == production.defect
        assert tuple(kept["material"]) == production.material
        assert tuple(datetime.fromisoformat(time) for time in kept["time"]) == production.times


def test_history_keeps_the_kind_of_surface_from_the_learner() -> None:
    production = produce(Scenario(rows=30), seed=5)
    texts = {value for name, column in as_history(production).items() if name != "X" for value in column}
    assert not texts & (set(production.surfaces) - {"good"})


def test_model_file_is_a_valid_one_about_the_history() -> None:
    spec = ModelSpec.model_validate(yaml.safe_load(model_file("kept/line's.npz")))
    assert spec.data.source == "kept/line's.npz"
    columns = as_history(produce(Scenario(rows=1), seed=5))
    assert {spec.data.target, spec.data.images, spec.data.time, *spec.data.slices} == set(columns)
    assert spec.data.positive in ("defect", "good")
    assert spec.network == "cnn"
