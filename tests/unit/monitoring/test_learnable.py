from __future__ import annotations

import numpy as np

from infra.domain.predictions import Prediction
from monitoring.learnable import learnability
from tests.unit.monitoring.building import START


def predictions(seed: int, rows: int = 200) -> list[Prediction]:
    rng = np.random.default_rng(seed)
    return [
        Prediction(
            model="m",
            id=f"p{row}",
            time=START,
            features={"x": float(rng.normal()), "site": str(rng.choice(["n", "s"])), "wet": None if row % 7 else True},
            value="a",
            version=1,
        )
        for row in range(rows)
    ]


def test_what_follows_from_the_rows_is_learnable() -> None:
    given = predictions(0)
    by_number = learnability(given, [float(one.features["x"] or 0) > 0.8 for one in given])
    by_category = learnability(given, [one.features["site"] == "n" and row % 3 != 0 for row, one in enumerate(given)])
    assert by_number is not None
    assert by_number < 1e-6
    assert by_category is not None
    assert by_category < 1e-6


def test_chance_is_not() -> None:
    found = []
    for seed in range(12):
        flags = np.random.default_rng(100 + seed).random(200) < 0.3
        p_value = learnability(predictions(seed), [bool(flag) for flag in flags])
        assert p_value is not None
        found.append(p_value < 0.05)
    assert sum(found) <= 3


def test_it_cannot_be_asked_of_pictures_or_of_too_few() -> None:
    given = predictions(0, rows=40)
    assert learnability(given, [False] * 38 + [True] * 2) is None
    pictures = [
        Prediction(model="m", id=f"i{n}", time=START, features={"image": "x"}, value="a", version=1) for n in range(40)
    ]
    assert learnability(pictures, [n % 2 == 0 for n in range(40)]) is None
