"""Which rows a training learns from: all new ones, and as many old ones as asked; of the past what was asked."""

from __future__ import annotations

import numpy as np
import pytest

from flows.training.choosing_rows import ROWS_FROM_SCRATCH, draw, rows_for_update, rows_from_scratch, spec_of_update
from infra.spec.reading import parse_spec


def test_an_update_learns_every_new_row_and_as_many_old_ones() -> None:
    chosen = rows_for_update(1_000, 1_200, past="reservoir", replay=1.0, seed=3)
    assert chosen.fresh == 200
    assert chosen.learn[-200:].tolist() == list(range(1_000, 1_200))
    assert len(chosen.learn) == 400
    assert chosen.learn[:200].max() < 1_000


def test_replay_is_drawn_over_all_of_the_past_or_its_newest_rows() -> None:
    assert draw(10_000, 100, past="reservoir", seed=0).min() < 1_000
    assert draw(10_000, 100, past="recent", seed=0).tolist() == list(range(9_900, 10_000))
    assert draw(5, 100, past="reservoir", seed=0).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("past", "rows"), [("recent", ROWS_FROM_SCRATCH), ("growing", 20_000), ("reservoir", 5_000)])
def test_a_training_from_scratch_is_stopped_by_its_newest_rows(past: str, rows: int) -> None:
    chosen = rows_from_scratch(40_000, past=past, seed=0)  # type: ignore[arg-type]  # a literal by case
    assert len(chosen.learn) + len(chosen.validate) == rows
    assert chosen.learn.max() < chosen.validate.min()
    assert np.all(np.diff(chosen.learn) > 0)


def test_an_update_is_short_and_at_the_full_learning_rate() -> None:
    spec = parse_spec("model: m\ntask: classification\ndata: {source: f.csv, target: t}", "m")
    learner = spec_of_update(spec).learner
    assert learner.epochs == learner.patience == 6
    assert learner.learning_rate == 2 * spec.learner.learning_rate  # a warm start takes half of it
