"""The simple model frozen as a bundle, so that serving can load it without pickle and ask it for ever.

Linear models and constants become one linear layer over the encoded block. It knows nothing of where it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from sklearn.linear_model import Ridge

from flows.training.baseline import Constant, Linear, Reduction, SimpleModel
from infra.domain.values import Feature, class_name
from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.schema import FeatureSchema

_CONFIG: dict[str, object] = {"hidden": [], "dropout": 0.0}


def freeze(
    model: SimpleModel,
    *,
    schema: FeatureSchema,
    example: Mapping[str, Feature],
    provenance: Mapping[str, str | int | float | None],
) -> ModelBundle | None:
    """The bundle that answers as the model does, proved by the `example` row.

    None for a user's own rule: it is code, and a bundle holds none.

    Raises:
        RowError: the schema cannot read the example.
    """
    if isinstance(model, Linear):
        bundle = _ridge(model, provenance) if isinstance(model.model, Ridge) else _logistic(model, provenance)
    elif isinstance(model, Constant):
        bundle = _constant(model, schema, provenance)
    else:
        return None
    return bundle.with_example(example)


def _logistic(model: Linear, provenance: Mapping[str, str | int | float | None]) -> ModelBundle:
    """Two classes have one logit d in scikit-learn: (0, d) has the same softmax."""
    weights, bias = _over_block(model.reduction, model.model.coef_, model.model.intercept_)
    if len(weights) == 1:
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.concatenate([[0.0], bias])
    classes = tuple(str(name) for name in model.model.classes_)
    return _linear(model.schema, weights, bias, provenance, classes=classes)


def _ridge(model: Linear, provenance: Mapping[str, str | int | float | None]) -> ModelBundle:
    """The intercept is kept as the target's mean, in float64; float32 weights hold coefficients of at most 1."""
    weights, bias = _over_block(model.reduction, model.model.coef_, model.model.intercept_)
    scale = float(np.abs(weights).max()) or 1.0
    return _linear(model.schema, weights / scale, np.zeros(1), provenance, mean=float(bias[0]), std=scale)


def _constant(
    model: Constant, schema: FeatureSchema, provenance: Mapping[str, str | int | float | None]
) -> ModelBundle:
    if model.shares is not None:
        logits = np.log(np.array(list(model.shares.values())))
        weights = np.zeros((len(logits), schema.width))
        return _linear(schema, weights, logits, provenance, classes=tuple(model.shares))
    weights, bias = np.zeros((1, schema.width)), np.zeros(1)
    if isinstance(model.answer, str):
        return _linear(schema, weights, bias, provenance, classes=(class_name(model.answer),))
    return _linear(schema, weights, bias, provenance, mean=float(model.answer))


def _over_block(
    reduction: Reduction, coefficients: np.ndarray, intercepts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (outputs × width) and biases over the whole block: x·P - m·P then ·w is x·(P·w) - (m·P)·w."""
    weights, bias = (
        np.atleast_2d(np.asarray(coefficients, np.float64)),
        np.atleast_1d(np.asarray(intercepts, np.float64)),
    )
    if reduction.components is None:
        return weights, bias
    components = np.asarray(reduction.components.components_, np.float64)  # components × pixels
    mean = np.asarray(reduction.components.mean_, np.float64)
    here, rest = weights[:, : len(components)], weights[:, len(components) :]
    return np.hstack([here @ components, rest]), bias - here @ (components @ mean)


def _linear(
    schema: FeatureSchema,
    weights: np.ndarray,
    bias: np.ndarray,
    provenance: Mapping[str, str | int | float | None],
    *,
    classes: tuple[str, ...] | None = None,
    mean: float = 0.0,
    std: float = 1.0,
) -> ModelBundle:
    network = build_network("mlp", schema=schema, outputs=len(bias), config=_CONFIG)
    tensors = {"head.weight": weights, "head.bias": bias}
    network.load_state_dict({name: torch.tensor(value, dtype=torch.float32) for name, value in tensors.items()})
    return ModelBundle(
        task="regression" if classes is None else "classification",
        schema=schema,
        network_name="mlp",
        network_config=_CONFIG,
        network=network.eval().requires_grad_(False),
        classes=classes,
        target_mean=mean,
        target_std=std,
        temperature=1.0,
        provenance=provenance,
    )
