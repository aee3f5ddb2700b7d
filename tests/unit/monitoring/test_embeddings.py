from __future__ import annotations

import numpy as np

from monitoring.columns import Compared
from monitoring.embeddings import compare_embeddings

MIX = np.random.default_rng(9).normal(size=(12, 12)) / 4


def _seen(rows: int, rng: np.random.Generator, shift: float = 0.0) -> np.ndarray:
    raw = rng.normal(size=(rows, 12))
    raw[:, 0] += shift
    return np.maximum(raw @ MIX, 0.0)


def test_two_samples_of_the_same_are_not_told_apart() -> None:
    rng = np.random.default_rng(0)
    found = [compare_embeddings(_seen(300, rng), _seen(200, rng), 30) for _ in range(100)]
    p_values = np.array([one.p_value for one in found if isinstance(one, Compared)])
    assert len(p_values) == 100
    assert (p_values <= 0.05).sum() <= 11
    assert (p_values <= 0.01).sum() <= 4


def test_a_shift_is_told_apart_by_its_auc() -> None:
    rng = np.random.default_rng(1)
    found = compare_embeddings(_seen(1_500, rng), _seen(500, rng, shift=1.0), 30)
    assert isinstance(found, Compared)
    assert found.method == "domain_auc"
    assert 0.6 < found.score < 0.9
    assert found.effect == 2 * found.score - 1
    assert found.p_value < 1e-9


def test_what_cannot_be_told_says_why() -> None:
    rows = _seen(59, np.random.default_rng(2))
    assert compare_embeddings(rows, rows, 30) == "not enough data (59 of 60 rows)"
    assert compare_embeddings(np.ones((80, 3)), np.ones((80, 3)), 30) == "the network gives every row the same"
