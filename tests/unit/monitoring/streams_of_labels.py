"""Seeded streams of labels for the tests of feedback: an honest model that is wrong in 10 % of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from infra.domain.labelling import Joined
from infra.domain.predictions import Label, Prediction

START = datetime(2024, 1, 1, tzinfo=UTC)
OTHER = {"a": "b", "b": "a"}


def labels(
    rows: int,
    seed: int,
    *,
    sources: int = 3,
    flips: float = 0.0,
    flipped_from: int = 1_000,
    most_flipped: int = 200,
    drift_from: int | None = None,
    learnable: bool = False,
) -> list[Joined]:
    """Labels in order; `flips` is the share turned round among `most_flipped` labels of source `s0`.

    From `drift_from` on 25 % of the answers are wrong, from all sources and at every confidence; where it is
    `learnable` those with the highest `x`.
    """
    return list(
        _labels(rows, np.random.default_rng(seed), sources, flips, flipped_from, most_flipped, drift_from, learnable)
    )


def _labels(
    rows: int,
    rng: np.random.Generator,
    sources: int,
    flips: float,
    flipped_from: int,
    most_flipped: int,
    drift_from: int | None,
    learnable: bool,
) -> Iterator[Joined]:
    left = most_flipped
    for row in range(rows):
        source, x, y = f"s{rng.integers(sources)}", float(rng.normal()), float(rng.normal())
        confidence = float(1.0 - 0.5 * rng.beta(0.6, 2.4))
        answer = "a" if rng.random() < 0.6 else "b"
        wrong = bool(rng.random() < 1.0 - confidence)
        if drift_from is not None and row >= drift_from:
            wrong = wrong or (x > 0.97 if learnable else bool(rng.random() < 0.167))
        truth = OTHER[answer] if wrong else answer
        if flips and row >= flipped_from and source == "s0" and left:
            left -= 1
            truth = OTHER[truth] if rng.random() < flips else truth
        yield joined(row + 1, answer, truth, source=source, confidence=confidence, features={"x": x, "y": y})


def joined(
    place: int,
    answer: str,
    truth: str,
    *,
    source: str = "s0",
    confidence: float = 0.95,
    first: bool = True,
    features: dict[str, float] | None = None,
    version: int = 1,
) -> Joined:
    time = START + timedelta(minutes=place)
    prediction = Prediction(
        model="m",
        id=f"p{place}",
        time=time,
        features=dict(features or {}),
        value=answer,
        version=version,
        confidence=confidence,
    )
    label = Label(model="m", prediction_id=f"p{place}", value=truth, time=time + timedelta(hours=1), source=source)
    return Joined(place=place, seq=place, label=label, prediction=prediction, first=first)


def of_source(stream: Sequence[Joined], source: str, first: int, last: int) -> int:
    """How many labels of a source stand at places `first..last`."""
    return sum(one.label.source == source and first <= one.place <= last for one in stream)
