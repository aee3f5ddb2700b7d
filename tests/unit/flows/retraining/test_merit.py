"""Figures of merit on made-up losses: 0 right, 1 wrong."""

from __future__ import annotations

import numpy as np
import pytest

from flows.dossier.merit_words import consistency_words, improved_words, memory_words, speed_words
from flows.promotion import Comparison, Losses
from flows.retraining.merit import Learnt, weigh
from infra.domain.merit import Merit


def wrong(share: float, rows: int = 2000, seed: int = 0) -> Losses:
    return (np.random.default_rng(seed).random(rows) < share).astype(np.float64)


def merit(
    candidate: Losses,
    baseline: Losses,
    *,
    champion: Losses | None = None,
    learnt: Learnt | None = None,
    slices: dict[str, np.ndarray] | None = None,
    task: str = "classification",
) -> Merit:
    comparison = Comparison(
        task=task,
        candidate=candidate,
        champion=champion,
        baseline=baseline,
        sure=np.zeros(len(candidate), dtype=np.bool_),
        slices=slices or {},
    )
    return weigh(comparison, learnt or Learnt(network=candidate, simple=baseline), version=3, labels=800, days=2.5)


def test_a_network_that_knows_its_own_rows_by_heart_has_memorised() -> None:
    found = merit(
        wrong(0.2), wrong(0.25, seed=1), learnt=Learnt(network=wrong(0.02, seed=2), simple=wrong(0.24, seed=3))
    ).memory
    assert found.verdict == "memorised"
    assert found.gap.value == pytest.approx(0.18, abs=0.02)
    assert memory_words(found, "accuracy").startswith("Memorised: 97.8% on rows it learnt from")


def test_later_rows_that_are_harder_for_the_simple_model_too_are_no_memorising() -> None:
    found = merit(
        wrong(0.3), wrong(0.35, seed=1), learnt=Learnt(network=wrong(0.15, seed=2), simple=wrong(0.2, seed=3))
    ).memory
    assert found.verdict == "harder_rows"
    assert "the later rows are harder" in memory_words(found, "accuracy")


def test_chance_is_called_memorising_at_most_as_often_as_it_may() -> None:
    """Networks that do as well on later rows as on their own: at most 10 of 200 are called memorised (2.5 % each)."""
    called = 0
    for seed in range(200):
        first, later, simple, simple_later = (wrong(0.2, 400, 4 * seed + place) for place in range(4))
        found = merit(later, simple_later, learnt=Learnt(network=first, simple=simple))
        called += found.memory.verdict == "memorised"
    assert called <= 10


def test_speed_is_told_against_the_champion_or_the_simple_model() -> None:
    better = merit(wrong(0.1), wrong(0.3, seed=1), champion=wrong(0.2, seed=2)).speed
    assert (better.over, better.gain.is_above_zero) == ("version 3", True)
    first = merit(wrong(0.1), wrong(0.3, seed=1))
    said = speed_words(first.speed, first.memory, "accuracy")
    assert said.startswith("It is better than the simple model by ")
    assert "after 800 new labels in 2.5 days of data" in said


def test_the_worst_slice_is_judged_against_the_rest_with_all_slices_in_mind() -> None:
    line = np.repeat(np.array(["a", "b", "c", "d"], dtype=object), 500)
    losses = wrong(0.1)
    losses[line == "c"] = wrong(0.3, 500, 9)
    found = merit(losses, wrong(0.3, seed=1), slices={"line": line}).consistency
    assert found is not None
    assert (found.slices[0].value, found.behind.is_above_zero) == ("c", True)
    assert found.slices[0].low < found.slices[0].level < found.slices[0].high
    said = consistency_words(found, "accuracy", True)
    assert "Weakest, of 4 slices looked at: line = c" in said
    assert "worse than the rest beyond chance" in said


def test_an_even_simple_model_that_is_no_better_anywhere_is_merely_simple() -> None:
    line = np.repeat(np.array(["a", "b"], dtype=object), 1000)
    network = np.concatenate([wrong(0.02, 1000), wrong(0.2, 1000, 1)])
    found = merit(network, wrong(0.4, seed=3), slices={"line": line}).consistency
    assert found is not None
    assert found.merely_simple
    assert "even there means merely simple" in consistency_words(found, "accuracy", True)


def test_even_slices_are_called_uneven_at_most_as_often_as_they_may() -> None:
    """Ten slices of one level: the worst is called worse in at most 12 of 100 streams (5 % are asked for)."""
    line = np.repeat(np.array(list("abcdefghij"), dtype=object), 100)
    called = 0
    for seed in range(100):
        found = merit(wrong(0.2, 1000, seed), wrong(0.3, 1000, 1000 + seed), slices={"line": line}).consistency
        assert found is not None
        called += found.behind.is_above_zero
    assert called <= 12


def test_no_slices_is_not_measured() -> None:
    found = merit(wrong(0.1), wrong(0.2, seed=1), slices={"line": np.array(["a"] * 2000, dtype=object)})
    assert found.consistency is None
    assert consistency_words(None, "accuracy", False) == "Not measured: the model file names no slices (data.slices)."


def test_decisions_improved_have_a_price_and_a_break_even() -> None:
    champion, candidate = np.zeros(1000), np.zeros(1000)
    champion[:100], candidate[80:110] = 1.0, 1.0
    found = merit(candidate, np.ones(1000), champion=champion).improved
    assert (found.set_right, found.lost) == (80, 10)
    said = improved_words(found, 7.0, "EUR", 2.0)
    assert (
        "Of 1,000 held-out decisions it set 80 right that version 3 had wrong, and lost 10: 0.10 EUR for each" in said
    )
    assert "it has paid for itself after 50 answers" in said
    assert "unpriced" in improved_words(found, None, "EUR", 2.0)
    assert "is unknown" in improved_words(found, 7.0, "EUR", None)


def test_a_training_that_improves_nothing_says_what_was_spent_for_it() -> None:
    found = merit(wrong(0.2), wrong(0.2, seed=1), champion=wrong(0.2)).improved
    assert "nothing improved for 7.00 EUR" in improved_words(found, 7.0, "EUR", 2.0)


def test_a_number_is_improved_where_it_comes_nearer() -> None:
    rng = np.random.default_rng(0)
    before = np.abs(rng.normal(size=500)) + 1
    found = merit(before - 0.5, before + 1, champion=before, task="regression")
    assert (found.improved.set_right, found.improved.lost) == (500, 0)
    assert found.speed.gain.value == pytest.approx(0.5)
    assert found.memory.held_out_level == pytest.approx(float(before.mean()) - 0.5)
