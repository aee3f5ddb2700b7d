"""What in a row moved its answer: integrated gradients of the truth, before and after, mapped back to features.

Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks", from a row of which nothing is known (means
of numbers, no category, no picture): the parts of a row sum to the difference between the two rows, to the error of a
few steps. It knows nothing of losses.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from infra.domain.corrections import MovedBy
from infra.domain.values import Feature
from infra.model.bundle import ModelBundle
from infra.model.pictures import encode_picture
from infra.model.schema import FeatureSchema

TABLE_STEPS, PICTURE_STEPS = 16, 4
FEATURES = 5
"""Features named of each row: those that moved its answer most."""
_BATCH_VALUES = 1_000_000
_BRIGHTEST = 255.0

Parts = npt.NDArray[np.float64]


def parts_of_truth(bundle: ModelBundle, block: np.ndarray, truth: npt.NDArray[np.int64]) -> Parts:
    """n × width: each input's part of the log-odds of the true class, or of a number's answer in its own units.

    `truth` holds places of classes, and is not looked at for numbers.
    """
    steps = TABLE_STEPS if bundle.schema.picture is None else PICTURE_STEPS
    nothing = torch.from_numpy(unknown_row(bundle.schema))
    rows, places, found = torch.from_numpy(block), torch.from_numpy(truth), []
    size = max(1, _BATCH_VALUES // (steps * block.shape[1]))
    for part, part_places in zip(torch.split(rows, size), torch.split(places, size), strict=True):
        shares = (torch.arange(steps) + 0.5) / steps  # the middle of each step
        path = nothing + shares[:, None, None] * (part - nothing)  # steps × n × width
        inputs = path.reshape(-1, block.shape[1]).requires_grad_(True)
        with torch.enable_grad():
            spoken = _for_truth(bundle, bundle.network(inputs), part_places.repeat(steps))
            (gradients,) = torch.autograd.grad(spoken.sum(), inputs)
        mean = gradients.reshape(path.shape).mean(dim=0)
        found.append((mean * (part - nothing)).double())
    parts: Parts = torch.cat(found).numpy()
    return parts


def unknown_row(schema: FeatureSchema) -> np.ndarray:
    """The block of one row of which nothing is known, 1 × width."""
    return schema.parse([{name: None for name, kind in schema.kinds.items() if kind != "carried"}]).block


def moved_by(
    features: Mapping[str, Feature],
    before: tuple[FeatureSchema, Parts] | None,
    after: tuple[FeatureSchema, Parts],
) -> tuple[MovedBy, ...]:
    """The features of one row that moved its answer most, the largest first. A picture's value is left out.

    Each side is its schema, and the parts of the row's inputs (width,).
    """
    told = [_by_feature(*side) if side is not None else {} for side in (before, after)]
    found = [
        MovedBy(
            feature=name,
            value=None if after[0].kinds[name] == "picture" else features.get(name),
            before=told[0].get(name, 0.0) if before is not None else None,
            after=part,
        )
        for name, part in told[1].items()
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.change))[:FEATURES])


def saliency_picture(schema: FeatureSchema, parts: Parts) -> str | None:
    """Where a picture's answer hung on it, as base64 PNG: grey, smoothed over 3 × 3; None without a picture."""
    picture = schema.picture
    if picture is None or picture.shape is None:
        return None
    height, width, _ = picture.shape
    strength = np.abs(parts[: height * width * picture.shape[2]].reshape(picture.shape)).sum(axis=2)
    padded = np.pad(strength, 1, mode="edge")
    smooth = sum(padded[row : row + height, column : column + width] for row in range(3) for column in range(3))
    top = float(np.max(smooth))
    levels = np.zeros_like(smooth) if top <= 0 else smooth * (_BRIGHTEST / top)
    return encode_picture(np.asarray(levels).round().astype(np.uint8))


def _by_feature(schema: FeatureSchema, parts: Parts) -> dict[str, float]:
    return {name: float(parts[list(places)].sum()) for name, places in schema.inputs.items()}


def _for_truth(bundle: ModelBundle, outputs: Tensor, truth: Tensor) -> Tensor:
    """n: the log-odds of the true class as served, or the answer in the target's units."""
    if bundle.classes is None:
        return outputs[:, 0] * bundle.target_std
    logits = outputs / bundle.temperature
    own = logits.gather(1, truth[:, None])[:, 0]
    hidden = torch.zeros_like(logits).scatter(1, truth[:, None], -torch.inf)
    return own - torch.logsumexp(logits + hidden, dim=1)
