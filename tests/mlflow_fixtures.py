"""One real MLflow on SQLite for the whole session: a fresh one migrates for seconds."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from infra.telemetry import switch_off_telemetry
from infra.tracking import MlflowTracking


@pytest.fixture(scope="session")
def mlflow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="session")
def mlflow_uri(mlflow_folder: Path) -> str:
    switch_off_telemetry()
    return f"sqlite:///{mlflow_folder / 'mlflow.db'}"


@pytest.fixture(scope="session")
def mlflow_tracking(mlflow_uri: str, mlflow_folder: Path) -> MlflowTracking:
    return MlflowTracking(mlflow_uri, mlflow_folder / "artifacts", mlflow_folder / "spool", patience_seconds=120)


@pytest.fixture
def model_name() -> str:
    """A name that no other test uses, so that tests can share one MLflow."""
    return f"model-{uuid.uuid4().hex[:8]}"
