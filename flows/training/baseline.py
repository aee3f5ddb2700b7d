"""The simple model beside every network: what a network has to beat to be worth its cost.

It reads the same encoded block as the network. `flows.training.simple_bundle` freezes it. It knows nothing of how
the two compare.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, cast

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from flows.training.features import row_features
from infra.domain.errors import DataError
from infra.domain.values import Answer, Feature, class_name
from infra.model.networks import load_function
from infra.model.schema import FeatureSchema, Frame
from infra.spec import ModelSpec

_PICTURE_COMPONENTS = 50
_COMPONENT_ROWS = 2_000
_MAX_ITERATIONS = 1_000


class SimpleModel(Protocol):
    """Anything that answers rows."""

    def predict(self, frame: Frame) -> list[Answer]:
        """One answer for each row."""


def fit_baseline(
    kind: str,
    frame: Frame,
    target: Sequence[Answer],
    *,
    spec: ModelSpec,
    schema: FeatureSchema,
    allowed_modules: Sequence[str] = (),
) -> SimpleModel:
    """Fit the baseline that the model file names.

    `last_value` answers every row with the last training target, as a forecaster who hears no news would.
    A user's `package.module:rule` is called with one row's features and gives its answer.

    Raises:
        DataError: no rows, or one class only.
        Refused, SpecError: the user's module is not allowed, or cannot be imported.
    """
    if not len(frame) or len(frame) != len(target):
        raise DataError(f"a baseline needs rows and as many targets: {len(frame)} rows, {len(target)} targets given")
    if ":" in kind:
        rule = load_function(kind, allowed_modules=allowed_modules, where="baseline")
        return Rule(rule=rule, columns=tuple(schema.kinds), task=spec.task)
    if kind == "majority":
        counts = Counter(class_name(value) for value in target)
        shares = {name: counts[name] / len(target) for name in sorted(counts)}
        return Constant(answer=max(shares, key=lambda name: shares[name]), shares=shares)
    if kind == "mean":
        return Constant(answer=float(np.mean([float(value) for value in target])))
    if kind == "last_value":
        return Constant(answer=class_name(target[-1]) if spec.task == "classification" else target[-1])
    reduction = Reduction.learn(schema, block := schema.encode(frame))
    if kind == "ridge":
        numbers = np.array(target, dtype=np.float64)
        return Linear(schema=schema, reduction=reduction, model=Ridge(alpha=1.0).fit(reduction.apply(block), numbers))
    return _fit_logistic(schema, reduction, reduction.apply(block), target)


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One answer for every row. `shares` are how often each class was true in training, where that was counted."""

    answer: Answer
    shares: Mapping[str, float] | None = None

    def predict(self, frame: Frame) -> list[Answer]:
        """The same answer for each row."""
        return [self.answer] * len(frame)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The user's own function of one row's features."""

    rule: Callable[..., object]
    columns: tuple[str, ...]
    task: str

    def predict(self, frame: Frame) -> list[Answer]:
        """Raises DataError when the function raises, or answers with something else than a class or a number."""
        columns = [name for name in self.columns if name in frame.columns]
        return [self._answer(row_features(frame, columns, row)) for row in range(len(frame))]

    def _answer(self, features: Mapping[str, Feature]) -> Answer:
        try:
            value = self.rule(features)
        except Exception as error:  # the user's own code, which may raise anything
            problem = f"the baseline's rule raised {type(error).__name__}: {error}"
            raise DataError(f"{problem}, given {dict(features)!r:.200}: mend it, or name another baseline") from error
        value = value.item() if isinstance(value, np.generic) else value
        if self.task == "classification" and isinstance(value, str | int | float):
            return class_name(value)
        if self.task == "regression" and isinstance(value, int | float) and np.isfinite(value):
            return float(value)
        raise DataError(f"the baseline's rule answered {value!r}: return a class name, or a finite number")


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """Pictures as their first 50 principal components (of at most 2,000 rows), so that a linear model stays quick."""

    pixels: int
    components: PCA | None

    @classmethod
    def learn(cls, schema: FeatureSchema, block: np.ndarray) -> Reduction:
        """Leaves a block without pictures, or with tiny ones, as it is."""
        shape = schema.picture.shape if schema.picture else None
        pixels = prod(shape) if shape else 0
        size = min(_PICTURE_COMPONENTS, len(block))
        if pixels <= _PICTURE_COMPONENTS:
            return cls(pixels=0, components=None)
        pca = PCA(n_components=size, svd_solver="randomized", random_state=0)
        every = -(-len(block) // _COMPONENT_ROWS)
        return cls(pixels=pixels, components=pca.fit(block[::every, :pixels]))

    def apply(self, block: np.ndarray) -> np.ndarray:
        """n × width → n × fewer columns."""
        if self.components is None:
            return block
        return np.hstack([self.components.transform(block[:, : self.pixels]), block[:, self.pixels :]])


@dataclass(frozen=True, kw_only=True)
class Linear:
    """Logistic regression or ridge over the encoded block. `converged` is whether its solver finished."""

    schema: FeatureSchema
    reduction: Reduction
    model: Any
    converged: bool = True

    def predict(self, frame: Frame) -> list[Answer]:
        """One answer for each row."""
        return cast(list[Answer], self.model.predict(self.reduction.apply(self.schema.encode(frame))).tolist())


def _fit_logistic(
    schema: FeatureSchema, reduction: Reduction, block: np.ndarray, target: Sequence[Answer]
) -> SimpleModel:
    names = np.array([class_name(value) for value in target])
    if len(set(names)) < 2:
        raise DataError(f"all {len(names)} rows are {str(names[0])!r}: a classifier needs rows of two classes")
    model = LogisticRegression(max_iter=_MAX_ITERATIONS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(block, names)
    converged = True
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            converged = False
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return Linear(schema=schema, reduction=reduction, model=model, converged=converged)
