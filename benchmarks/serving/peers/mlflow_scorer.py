"""The network as an MLflow model "from code": this file is the model, and nothing is pickled."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np

from benchmarks.serving.peers.network import Network


class Scorer(mlflow.pyfunc.PythonModel):
    """What `mlflow models serve` calls."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        self._network = Network(Path(context.artifacts["folder"]) / "network.safetensors")

    def predict(self, context: object, model_input: np.ndarray, params: object = None) -> list[str]:
        return self._network.classify(model_input)


mlflow.models.set_model(Scorer())
