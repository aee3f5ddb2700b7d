"""Ratios are taken within a turn, and what did not run is unknown."""

from __future__ import annotations

import pytest

from benchmarks.training.ours import Counters, part, spec, train
from benchmarks.training.speed import LOOP, OURS, figures_of, ratio


def test_ratio_is_the_median_within_turns() -> None:
    turns = {"a": [1.0, 20.0, 3.0], "b": [1.0, 10.0, 1.0]}
    assert ratio(turns, "a", "b") == 2.0
    assert ratio(turns, "a", "absent") is None


def test_figures_hold_or_not_and_peers_that_did_not_run_are_unknown() -> None:
    found = {
        figure.name.split(" over ")[0]: figure for figure in figures_of({OURS: [1.2], LOOP: [1.0], "skorch": [7.0]})
    }
    assert found["training with everything on"].holds is True
    assert found["skorch"].value == pytest.approx(7 / 1.2)
    assert (found["lightning"].value, found["lightning"].holds) == (None, None)


def test_what_the_counters_kept_is_restored_whole() -> None:
    first, again = Counters(), Counters()
    train(part(200, 0), part(50, 1), spec(epochs=2, hidden=[4]), None, observer=first)
    again.restore(first.state())
    assert len(again.weights) == 2
    assert again.norms.tolist() == first.norms.tolist()
    assert again.weights[1]["head.bias"].tolist() == first.weights[1]["head.bias"].tolist()
