"""Weights from a file, to fine-tune: a bundle as it was packed, or a plain safetensors state dict.

Nothing in it is run as code: safetensors and JSON alone are read. It knows nothing of epochs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from infra.domain.errors import TrainingFailed
from infra.model.bundle import ModelBundle

CONFIG, WEIGHTS = "config.json", "weights.safetensors"


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """Given weights. `bundle` is None where they came without a config; then columns and classes are not known."""

    source: str
    """Where they came from, in words for the provenance."""
    sha256: str
    """Of the bundle, or of the file where there is none."""
    weights: Mapping[str, Tensor]
    bundle: ModelBundle | None

    @classmethod
    def of(cls, bundle: ModelBundle, source: str) -> Pretrained:
        """A bundle's weights."""
        return cls(source=source, sha256=bundle.sha256, weights=bundle.network.state_dict(), bundle=bundle)


def read_pretrained(path: Path, *, allowed_modules: Sequence[str] = ()) -> Pretrained:
    """Read a folder with config.json and weights.safetensors, or one .safetensors file.

    A config.json beside the file is read as well where it names the file's hash.

    Raises:
        TrainingFailed: there is no such file, or it is no safetensors.
        BundleError: the folder's bundle is damaged.
    """
    file = path / WEIGHTS if path.is_dir() else path
    if not file.is_file():
        raise TrainingFailed(
            f"learner.start names {path}, but there is no {file.name} there: give a folder with {CONFIG} and "
            f"{WEIGHTS}, or a .safetensors file, relative to the model file"
        )
    raw = file.read_bytes()
    config = _config_beside(file, raw, needed=path.is_dir())
    if config is not None:
        digest = hashlib.sha256(config.encode()).hexdigest()
        return Pretrained.of(ModelBundle.unpack(config, raw, digest, allowed_modules), str(path))
    try:
        weights = load(raw)
    except SafetensorError as error:
        raise TrainingFailed(
            f"learner.start names {path}, which is no safetensors file ({error}): save it anew"
        ) from error
    return Pretrained(source=str(path), sha256=hashlib.sha256(raw).hexdigest(), weights=weights, bundle=None)


def _config_beside(file: Path, weights: bytes, *, needed: bool) -> str | None:
    """The text of the config that belongs to the weights, or None."""
    beside = file.with_name(CONFIG)
    if not beside.is_file():
        return None
    text = beside.read_bytes().decode("utf-8", errors="replace")
    try:
        named = json.loads(text)["weights_sha256"]
    except (ValueError, KeyError, TypeError):
        named = None
    return text if needed or named == hashlib.sha256(weights).hexdigest() else None
