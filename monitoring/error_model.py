"""How large the error of a numeric answer is expected to be, learned from the errors of labelled rows.

Gradient boosting of |error| on the features and the answer itself, the idea known as direct loss estimation: where
rows move to regions with larger errors, the mean of the expected errors moves with them. The newest labelled rows are
kept out of the fit and set its level, so that a level learned long ago does not stay. It knows no windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from infra.domain.predictions import Answered, Prediction
from infra.domain.values import Feature, class_name

Floats = NDArray[np.float64]

NEWEST = 0.25
"""Share of the labelled rows, the newest, that sets the level."""
MOST_CATEGORIES = 50
"""Text with more values than this is a name or a picture, and is left out."""
LEAST_ROWS = 100
_LEVEL_ROWS = 25.0
"""The level found weighs as many rows as were kept out, against these that say it is 1."""


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """Rows as numbers: numeric features as they are, text by its place among the values seen, the answer last."""

    numbers: tuple[str, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]

    def table(self, rows: Sequence[Prediction]) -> Floats:
        """n × columns; missing and unseen are NaN."""
        columns = [[_number(row.features.get(name)) for row in rows] for name in self.numbers]
        for name, values in self.texts:
            places = {value: float(place) for place, value in enumerate(values)}
            columns.append([places.get(_text(row.features.get(name)), np.nan) for row in rows])
        columns.append([_number(row.value) for row in rows])
        return np.array(columns, dtype=np.float64).T


@dataclass(frozen=True, kw_only=True)
class ErrorModel:
    """Expected |error| of a row: `level` × the fitted one. `spread` is the sd of |error| / expected, around 1."""

    encoder: Encoder
    fitted: HistGradientBoostingRegressor | None
    """None: every labelled error was the same, or no column said anything."""
    constant: float
    level: float
    spread: float
    held_out: int

    def expected(self, rows: Sequence[Prediction]) -> Floats:
        """The expected |error| of each row, in target units, above 0."""
        with threadpool_limits(1):
            raw = np.ones(len(rows)) if self.fitted is None else self.fitted.predict(self.encoder.table(rows))
        expected: Floats = self.level * self.constant * np.asarray(raw, dtype=np.float64)
        return expected


def encoder_of(rows: Sequence[Prediction]) -> Encoder:
    """What there is to learn from; a column without two values is left out."""
    numbers, texts = [], []
    for name in sorted({name for row in rows for name in row.features}):
        values = {row.features.get(name) for row in rows} - {None}
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            if len({value for value in values if value == value}) > 1:  # NaN differs from itself
                numbers.append(name)
        elif 1 < len(seen := {_text(value) for value in values}) <= MOST_CATEGORIES:
            texts.append((name, tuple(sorted(seen))))
    return Encoder(numbers=tuple(numbers), texts=tuple(texts))


def fit_errors(rows: Sequence[Answered], errors: Floats) -> ErrorModel | None:
    """Fit the |errors| of labelled rows, oldest first; None with fewer than 100 rows, or without any error at all."""
    kept = len(rows) - int(len(rows) * NEWEST)
    constant = float(errors[:kept].mean()) if kept else 0.0
    if len(rows) < LEAST_ROWS or not np.isfinite(constant) or constant <= 0.0:
        return None
    predictions = [row.prediction for row in rows]
    encoder = encoder_of(predictions[:kept])
    fitted = (
        None if len(set(errors[:kept].tolist())) == 1 else _boosted(encoder.table(predictions[:kept]), errors[:kept])
    )
    plain = ErrorModel(encoder=encoder, fitted=fitted, constant=constant, level=1.0, spread=1.0, held_out=0)
    return _levelled(plain, predictions[kept:], errors[kept:])


def _boosted(table: Floats, errors: Floats) -> HistGradientBoostingRegressor:
    boosting = HistGradientBoostingRegressor(
        loss="poisson", max_iter=60, learning_rate=0.08, max_leaf_nodes=8, min_samples_leaf=30, random_state=0
    )
    with threadpool_limits(1):  # on busy machines its threads wait for each other, up to a hundred times longer
        return boosting.fit(table, errors / errors.mean())


def _levelled(plain: ErrorModel, newest: Sequence[Prediction], errors: Floats) -> ErrorModel:
    expected = plain.expected(newest)
    weight = len(newest) / (len(newest) + _LEVEL_ROWS)
    level = weight * float(errors.mean() / expected.mean()) + 1.0 - weight
    ratios = errors / (max(level, 1e-12) * expected)
    return ErrorModel(
        encoder=plain.encoder,
        fitted=plain.fitted,
        constant=plain.constant,
        level=level,
        spread=float(np.sqrt(np.mean((ratios - 1.0) ** 2))),
        held_out=len(newest),
    )


def _number(value: Feature) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _text(value: Feature) -> str:
    return "" if value is None else class_name(value)
