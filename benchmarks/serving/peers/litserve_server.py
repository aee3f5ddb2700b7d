"""The network behind LitServe.

python -m benchmarks.serving.peers.litserve_server PORT WEIGHTS
"""

from __future__ import annotations

import sys
from pathlib import Path

import litserve

from benchmarks.serving.peers.network import Network


class Scorer(litserve.LitAPI):
    """One request at a time, as its documentation begins."""

    def __init__(self, weights: Path) -> None:
        super().__init__(api_path="/predict")
        self._weights = weights

    def setup(self, device: str) -> None:
        self._network = Network(self._weights)

    def decode_request(self, request: dict[str, list[list[float]]]) -> list[list[float]]:
        return request["rows"]

    def predict(self, rows: list[list[float]]) -> list[str]:
        return self._network.classify(rows)

    def encode_response(self, output: list[str]) -> dict[str, list[str]]:
        return {"classes": output}


if __name__ == "__main__":
    server = litserve.LitServer(Scorer(Path(sys.argv[2])), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False, log_level="error"
    )
