"""The benchmark draws what it says it draws, and counts what the service decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.decisions import gate, probation
from benchmarks.decisions.world import World, flip_at_random, flip_site, flip_where_large


def test_both_sides_are_wrong_as_often_as_they_should_be_shared_or_not() -> None:
    rng = np.random.default_rng(0)
    for shared in (0.0, 0.8):
        champion, candidate = gate._both(rng, 0.02, 100_000, shared)
        assert champion.mean() == pytest.approx(0.10, abs=0.004)
        assert candidate.mean() == pytest.approx(0.08, abs=0.004)
        assert (champion * candidate).mean() == pytest.approx(max(shared, 0.1) * 0.08, abs=0.004)


def test_a_series_spends_what_the_ledger_leaves() -> None:
    assert gate.null_series(np.random.default_rng(1), candidates=20) <= 1


def test_a_bad_champion_is_taken_back_and_a_clean_one_is_not() -> None:
    assert probation.ours(1, 0.5, 0) <= 100
    assert not probation.clean_is_lost(1, 0)


def test_the_world_serves_labels_and_poisons_the_first_source_alone(tmp_path: Path) -> None:
    world = World(folder=tmp_path, seed=1, golden=False, sources=("line", "lab"), poison=flip_at_random(1.0))
    world._batch()
    answered = world.desk.ports.predictions.between("poisoned", 1, 1_000)
    right: dict[str, list[bool]] = {"line": [], "lab": []}
    for row in answered:
        assert row.label is not None
        right[row.label.source].append(row.label.value == row.prediction.value)
    assert np.mean(right["line"]) < 0.2 < 0.8 < np.mean(right["lab"])


def test_poisons_hit_what_they_name(tmp_path: Path) -> None:
    world = World(folder=tmp_path, seed=1, golden=False, sources=("line",), poison=flip_at_random(0.0))
    frame, _ = world._rows(2_000)
    rng = np.random.default_rng(0)
    assert set(frame["site"][flip_site("east", 1.0)(frame, rng)]) == {"east"}
    assert frame["x"][flip_where_large("x", 1.0)(frame, rng)].min() > 1.0
