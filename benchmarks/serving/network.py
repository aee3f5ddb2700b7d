"""The one network that every system of the benchmark serves, and the rows it is asked about.

Its weights are random: speed does not depend on them. It knows nothing of servers.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.schema import Column, FeatureSchema

MODEL = "bench"
FEATURES = tuple(f"f{place:02}" for place in range(20))
CLASSES = ("calm", "mixed", "rough")
HIDDEN = (64, 64)


def make_bundle(seed: int, hidden: tuple[int, ...] = HIDDEN) -> ModelBundle:
    """20 → hidden → 3. Features pass unscaled, so that the peers' plain network gives the same answers."""
    schema = FeatureSchema(tuple(Column(name=name, kind="numeric") for name in FEATURES))
    config: dict[str, object] = {"hidden": list(hidden), "dropout": 0.0}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network("mlp", schema=schema, outputs=len(CLASSES), config=config)
    bundle = ModelBundle(
        task="classification",
        schema=schema,
        network_name="mlp",
        network_config=config,
        network=network.eval().requires_grad_(False),
        classes=CLASSES,
        target_mean=0.0,
        target_std=1.0,
        temperature=1.0,
        provenance={"started": "benchmark"},
    )
    return bundle.with_example(dict.fromkeys(FEATURES, 0.5))


def make_rows(count: int) -> list[list[float]]:
    """`count` rows of standard normal features, four decimals each; the same at every call."""
    drawn: list[list[float]] = np.random.default_rng(7).normal(size=(count, len(FEATURES))).round(4).tolist()
    return drawn


def expected_classes(bundle: ModelBundle, rows: list[list[float]]) -> list[str]:
    """What a system that serves this bundle has to answer."""
    return [str(value) for value in bundle.answer(np.asarray(rows, dtype=np.float32)).values]


def write_for_peers(bundle: ModelBundle, folder: Path) -> Path:
    """The weights beside the names of features and classes, for servers that know nothing of keepsharp."""
    path = folder / "network.safetensors"
    path.write_bytes(bundle.pack()[1])
    path.with_suffix(".json").write_text(json.dumps({"features": FEATURES, "classes": CLASSES}), encoding="utf-8")
    return path
