"""The network as a BentoML service with its adaptive batching.

    bentoml serve benchmarks.serving.peers.bentoml_service:Scorer

The weights are named by BENCH_WEIGHTS.
"""

from __future__ import annotations

import os
from pathlib import Path

import bentoml
import numpy as np

from benchmarks.serving.peers.network import Network


@bentoml.service(workers=1, traffic={"timeout": 60, "max_concurrency": 256})
class Scorer:
    """n × 20 rows → n classes."""

    def __init__(self) -> None:
        self._network = Network(Path(os.environ["BENCH_WEIGHTS"]))

    @bentoml.api(batchable=True, batch_dim=0, max_batch_size=1000)
    def predict(self, rows: np.ndarray) -> list[str]:
        """Answer rows that several requests brought."""
        return self._network.classify(rows)
