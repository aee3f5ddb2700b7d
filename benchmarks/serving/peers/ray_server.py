"""The network behind Ray Serve, one replica.

python -m benchmarks.serving.peers.ray_server PORT WEIGHTS FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import ray
from ray import serve
from starlette.requests import Request

from benchmarks.serving.peers.network import Network


class Scorer:
    """n × 20 rows → n classes."""

    def __init__(self, weights: str) -> None:
        self._network = Network(Path(weights))

    async def __call__(self, request: Request) -> dict[str, Any]:
        rows = (await request.json())["rows"]
        return {"classes": self._network.classify(rows)}


def main(port: int, weights: str, folder: str) -> None:
    """Serve until told to stop."""
    ray.init(address="local", include_dashboard=False, log_to_driver=False, _temp_dir=folder)
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    deployment = serve.deployment(Scorer, num_replicas=1, max_ongoing_requests=256)
    serve.run(deployment.bind(weights))
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
