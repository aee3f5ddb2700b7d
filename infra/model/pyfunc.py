"""Lets `mlflow.pyfunc.load_model` read a keepsharp bundle. It imports no MLflow and unpickles nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from infra.domain.errors import BundleError
from infra.model.bundle import ModelBundle
from infra.settings import Settings


class BundleModel:
    """A bundle behind the one method that MLflow calls."""

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """One answer for each row: class names (object) or numbers (float64)."""
        values = self.bundle.answer(self.bundle.schema.encode(frame)).values
        return np.asarray(values, dtype=object if self.bundle.classes else np.float64)


def _load_pyfunc(path: str) -> BundleModel:
    """MLflow's entry point: the bundle in the folder `path`, checked against its SHA256SUMS.

    A network of the user's own is built only when KEEPSHARP_ALLOWED_MODULES names its module.

    Raises:
        BundleError: a file is missing, damaged, or not the one that the sums name.
    """
    folder = Path(path)
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        sums = {name: digest for digest, name in (line.split() for line in lines)}
        config = (folder / "config.json").read_bytes().decode()
        weights = (folder / "weights.safetensors").read_bytes()
        return BundleModel(ModelBundle.unpack(config, weights, sums["config.json"], Settings().allowed_modules))
    except (OSError, KeyError, ValueError) as error:
        raise BundleError(f"{folder} is not a keepsharp bundle ({error}): export it again") from error
