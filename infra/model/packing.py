"""What a bundle's config text holds, and the checks between its bytes and a network.

Every check happens before a value is used: config hash, weights hash, then names, shapes and finiteness.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from infra.domain.errors import BundleError, DataError, Refused, SpecError
from infra.domain.values import Answer, Features
from infra.model.networks import build_network
from infra.model.schema import FeatureSchema

FORMAT = 1
_AGAIN = "fetch the bundle again, or train a new version"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One training row and the answer the bundle gave to it when it was made."""

    features: Features
    value: Answer
    confidence: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """How far a regression's answers may be off: the truth lies within ± `half_width` at least `coverage` of the time.

    So it is as long as rows come as those it was measured on did; see `flows.training.calibration`.
    """

    coverage: float
    half_width: float
    """In the target's units."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The config text as values; see `ModelBundle` for what each means."""

    task: Literal["classification", "regression"]
    schema: FeatureSchema
    network_name: str
    network_config: Mapping[str, object]
    classes: tuple[str, ...] | None
    target_mean: float
    target_std: float
    temperature: float
    provenance: Mapping[str, str | int | float | None]
    example: Example | None
    weights_sha256: str
    interval: Interval | None = None

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "format": FORMAT,
            "task": self.task,
            "schema": self.schema.to_json(),
            "network": {"name": self.network_name, "config": dict(self.network_config)},
            "classes": list(self.classes) if self.classes is not None else None,
            "target": {"mean": self.target_mean, "std": self.target_std},
            "temperature": self.temperature,
            "provenance": dict(self.provenance),
            "example": asdict(self.example) if self.example is not None else None,
            "weights_sha256": self.weights_sha256,
            **({} if self.interval is None else {"interval": asdict(self.interval)}),
        }

    def build(self, allowed_modules: Sequence[str]) -> nn.Module:
        """The network, not yet loaded. Raises BundleError when it cannot be built here."""
        outputs = len(self.classes) if self.classes is not None else 1
        try:
            return build_network(
                self.network_name,
                schema=self.schema,
                outputs=outputs,
                config=self.network_config,
                allowed_modules=allowed_modules,
            )
        except (Refused, SpecError, KeyError) as error:
            raise BundleError(f"the bundle's network {self.network_name!r} cannot be built: {error}") from error


def canonical_json(value: Mapping[str, object]) -> str:
    """One text for one value: sorted keys, no spaces. Raises ValueError on NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_contents(config: str, weights: bytes, sha256: str) -> Contents:
    """The config as values, once both hashes hold.

    Raises:
        BundleError: a hash differs, or the config is of another format.
    """
    found = hashlib.sha256(config.encode()).hexdigest()
    if found != sha256:
        raise BundleError(f"the bundle's config has SHA-256 {found}, not {sha256}: {_AGAIN}")
    try:
        value: Any = json.loads(config)
        if value["format"] != FORMAT:
            raise BundleError(f"the bundle has format {value['format']!r}, this version reads {FORMAT}: {_AGAIN}")
        contents = _contents(value)
    except (ValueError, KeyError, TypeError, DataError) as error:
        raise BundleError(f"the bundle's config cannot be read ({error!r}): {_AGAIN}") from error
    found = hashlib.sha256(weights).hexdigest()
    if found != contents.weights_sha256:
        raise BundleError(f"the bundle's weights have SHA-256 {found}, not {contents.weights_sha256}: {_AGAIN}")
    return contents


def read_tensors(weights: bytes, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights, once their names, shapes and types are the network's and all are finite.

    Raises:
        BundleError: otherwise.
    """
    try:
        tensors: dict[str, Tensor] = load(weights)
    except SafetensorError as error:
        raise BundleError(f"the bundle's weights are no safetensors ({error}): {_AGAIN}") from error
    found = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items()}
    needed = {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in expected.items()}
    if found != needed:
        wrong = sorted(name for name in found.keys() | needed.keys() if found.get(name) != needed.get(name))
        name = wrong[0]
        raise BundleError(
            f"the bundle's weights do not fit its network: {name!r} is {found.get(name)}, "
            f"{needed.get(name)} is needed: {_AGAIN}"
        )
    for name, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise BundleError(f"the bundle's weights hold NaN or infinity in {name!r}: {_AGAIN}")
    return tensors


def _contents(value: Any) -> Contents:
    return Contents(
        task=value["task"],
        schema=FeatureSchema.from_json(value["schema"]),
        network_name=value["network"]["name"],
        network_config=value["network"]["config"],
        classes=tuple(value["classes"]) if value["classes"] is not None else None,
        target_mean=value["target"]["mean"],
        target_std=value["target"]["std"],
        temperature=value["temperature"],
        provenance=value["provenance"],
        example=Example(**value["example"]) if value["example"] is not None else None,
        weights_sha256=value["weights_sha256"],
        interval=Interval(**value["interval"]) if "interval" in value else None,
    )
