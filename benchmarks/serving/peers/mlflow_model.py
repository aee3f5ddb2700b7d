"""Saves the benchmark's network as an MLflow model.

    python -m benchmarks.serving.peers.mlflow_model FOLDER_OF_THE_WEIGHTS FOLDER_OF_THE_MODEL frame|array

With `frame` it is asked for named columns and MLflow makes a data frame of them; with `array` for bare numbers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec


def save(weights: Path, folder: str, form: str) -> None:
    """Save it with the signature that the form asks for."""
    features = json.loads((weights / "network.json").read_text(encoding="utf-8"))["features"]
    columns = [ColSpec("double", name) for name in features]
    array = [TensorSpec(np.dtype(np.float32), (-1, len(features)))]
    mlflow.pyfunc.save_model(
        folder,
        python_model=str(Path(__file__).with_name("mlflow_scorer.py")),
        artifacts={"folder": str(weights)},
        signature=ModelSignature(inputs=Schema(columns if form == "frame" else array)),
        pip_requirements=[],
    )


if __name__ == "__main__":
    save(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
