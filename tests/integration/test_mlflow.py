"""The tracking and registry adapters against a real MLflow: what its own tools see, and what an outage costs."""

from __future__ import annotations

import hashlib
import logging
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from infra.domain.decisions import Candidate
from infra.domain.errors import BundleError, Unavailable
from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.pyfunc import _load_pyfunc
from infra.model.schema import FeatureSchema
from infra.registry import MlflowRegistry
from infra.tracking import MlflowTracking


@pytest.fixture(scope="module")
def client(mlflow_uri: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=mlflow_uri, registry_uri=mlflow_uri)


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    torch.manual_seed(3)
    frame = pd.DataFrame({"price": [1.0, 2.0, 4.0, 8.0], "day": ["mon", "tue", "mon", "wed"]})
    schema = FeatureSchema.learn(frame, {"price": "numeric", "day": "categorical"})
    config = {"hidden": [4], "dropout": 0.0}
    return ModelBundle(
        task="classification",
        schema=schema,
        network_name="mlp",
        network_config=config,
        network=build_network("mlp", schema=schema, outputs=2, config=config).eval(),
        classes=("DOWN", "UP"),
        target_mean=0.0,
        target_std=1.0,
        temperature=1.0,
        provenance={"seed": 3},
    )


def _candidate(model: str, sha256: str, version: int = 1) -> Candidate:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Candidate(model=model, version=version, sha256=sha256, run_id="r", created_at=at)


def test_mlflow_shows_what_the_training_told(mlflow_tracking: MlflowTracking, client: Any, model_name: str) -> None:
    with mlflow_tracking.run(model_name, "retrain") as run:
        run.params({"seed": 7, "long": "x" * 9000, "with [brackets]": 1})
        run.tags({"owner": "grid-desk"})
        run.dataset("snapshot", "ab" * 32, 500)
        for epoch in range(40):
            run.metrics({"loss": 1.0 / (epoch + 1)}, step=epoch)
        run.text("# Dossier", "dossier/summary.md")
    seen = client.get_run(run.id)
    assert seen.info.status == "FINISHED"
    assert seen.info.end_time >= seen.info.start_time
    assert seen.data.params == {"seed": "7", "long": "x" * 6000, "with _brackets_": "1"}
    assert seen.data.tags["owner"] == "grid-desk"
    assert seen.data.metrics["loss"] == pytest.approx(1 / 40)
    assert "system/cpu_utilization_percentage" in seen.data.metrics
    assert [metric.step for metric in client.get_metric_history(run.id, "loss")] == list(range(40))
    assert seen.inputs.dataset_inputs[0].dataset.source == "ab" * 32
    assert [entry.path for entry in client.list_artifacts(run.id, "dossier")] == ["dossier/summary.md"]


def test_failed_training_is_a_failed_run(mlflow_tracking: MlflowTracking, client: Any, model_name: str) -> None:
    runs = []

    def train() -> None:
        with mlflow_tracking.run(model_name, "retrain") as run:
            runs.append(run)
            run.metrics({"loss": 1.0})
            raise RuntimeError("loss is NaN")

    with pytest.raises(RuntimeError, match="loss is NaN"):
        train()
    seen = client.get_run(runs[0].id)
    assert (seen.info.status, seen.data.metrics["loss"]) == ("FAILED", 1.0)


def test_aliases_follow_the_decisions(mlflow_tracking: MlflowTracking, client: Any, model_name: str) -> None:
    registry = MlflowRegistry(mlflow_tracking)
    sha256 = hashlib.sha256(b"{}").hexdigest()
    for version in (1, 2):
        with mlflow_tracking.run(model_name, "train") as run:
            registry.register(_candidate(model_name, sha256, version), "{}", b"w", run)
        assert client.get_registered_model(model_name).aliases["challenger"] == version
    registry.alias_champion(model_name, 1)
    assert client.get_registered_model(model_name).aliases == {"champion": 1, "challenger": 2}
    registry.alias_champion(model_name, 2)
    assert client.get_registered_model(model_name).aliases == {"champion": 2}
    version = client.get_model_version_by_alias(model_name, "champion")
    assert version.run_id == run.id
    assert version.tags == {"keepsharp.version": "2", "keepsharp.sha256": sha256}


def test_candidate_that_is_not_its_bundle_is_refused(mlflow_tracking: MlflowTracking, model_name: str) -> None:
    with mlflow_tracking.run(model_name, "train") as run, pytest.raises(BundleError, match="pack it again"):
        MlflowRegistry(mlflow_tracking).register(_candidate(model_name, "0" * 64), "{}", b"w", run)


def test_mlflow_loads_the_bundle_with_pickle_forbidden(
    mlflow_tracking: MlflowTracking, client: Any, mlflow_uri: str, model_name: str, bundle: ModelBundle
) -> None:
    config, weights = bundle.pack()
    with mlflow_tracking.run(model_name, "train") as run:
        MlflowRegistry(mlflow_tracking).register(_candidate(model_name, bundle.sha256), config, weights, run)
    program = f"""
import mlflow, pandas
mlflow.set_tracking_uri({mlflow_uri!r})
model = mlflow.pyfunc.load_model("models:/{model_name}@challenger")
print(*model.predict(pandas.DataFrame({{"price": [1.0, 9.0], "day": ["mon", "wed"]}})))
"""
    forbid = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=forbid, check=False)
    assert done.returncode == 0, done.stderr
    frame = pd.DataFrame({"price": [1.0, 9.0], "day": ["mon", "wed"]})
    assert done.stdout.split() == list(bundle.answer(bundle.schema.encode(frame)).values)


def test_damaged_bundle_is_not_loaded(tmp_path: Path, bundle: ModelBundle) -> None:
    config, weights = bundle.pack()
    (tmp_path / "config.json").write_text(config)
    (tmp_path / "weights.safetensors").write_bytes(weights[:-1] + b"\x01")
    with pytest.raises(BundleError, match="SHA256SUMS"):
        _load_pyfunc(str(tmp_path))
    (tmp_path / "SHA256SUMS").write_text(f"{bundle.sha256}  config.json\n")
    with pytest.raises(BundleError):
        _load_pyfunc(str(tmp_path))
    (tmp_path / "weights.safetensors").write_bytes(weights)
    block = np.zeros((1, bundle.schema.width), dtype=np.float32)
    assert _load_pyfunc(str(tmp_path)).bundle.answer(block).values == bundle.answer(block).values


def test_outage_costs_nothing_and_is_made_good(
    mlflow_folder: Path, mlflow_uri: str, client: Any, tmp_path: Path, model_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        away = MlflowTracking(
            f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path, tmp_path / "spool", patience_seconds=20
        )
        registry, sha256 = MlflowRegistry(away), hashlib.sha256(b"{}").hexdigest()
        with caplog.at_level(logging.WARNING), away.run(model_name, "retrain") as run:
            run.params({"seed": 7})
            run.metrics({"loss": 0.5}, step=3)
            run.text("# Dossier", "dossier.md")
            registry.register(_candidate(model_name, sha256), "{}", b"w", run)
            assert run.id is None
        registry.alias_champion(model_name, 1)
        with pytest.raises(Unavailable):
            registry.champion(model_name)
    assert "MLflow is away" in caplog.text
    assert away.pending() > 0

    back = MlflowTracking(mlflow_uri, mlflow_folder / "artifacts", tmp_path / "spool", patience_seconds=120)
    assert MlflowRegistry(back).champion(model_name) is None
    assert back.flush() == 6
    assert (back.pending(), back.rejected(), back.flush()) == (0, [], 0)
    assert MlflowRegistry(back).champion(model_name) == (1, sha256)
    (seen,) = client.search_runs([client.get_experiment_by_name(model_name).experiment_id])
    assert (seen.info.status, seen.data.metrics["loss"], seen.data.params) == ("FINISHED", 0.5, {"seed": "7"})
    assert [entry.path for entry in client.list_artifacts(seen.info.run_id)] == ["dossier.md"]


def test_telling_twice_changes_nothing(
    mlflow_tracking: MlflowTracking, client: Any, model_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operation that timed out may have gone through, and is sent again."""
    submit = mlflow_tracking.submit

    def twice(operation: Any) -> None:
        submit(operation)
        submit(operation)

    monkeypatch.setattr(mlflow_tracking, "submit", twice)
    registry, sha256 = MlflowRegistry(mlflow_tracking), hashlib.sha256(b"{}").hexdigest()
    with mlflow_tracking.run(model_name, "retrain") as run:
        run.params({"seed": 7})
        run.metrics({"loss": 0.5})
        run.dataset("snapshot", "ab" * 32, 500)
        registry.register(_candidate(model_name, sha256), "{}", b"w", run)
    assert len(client.search_runs([client.get_experiment_by_name(model_name).experiment_id])) == 1
    assert len(client.get_metric_history(run.id, "loss")) == 1
    assert len(client.get_run(run.id).inputs.dataset_inputs) == 1
    assert len(client.search_model_versions(f"name = '{model_name}'")) == 1
    assert mlflow_tracking.rejected() == []


def test_what_mlflow_will_never_take_is_kept_aside(
    mlflow_folder: Path, mlflow_uri: str, tmp_path: Path, model_name: str
) -> None:
    tracking = MlflowTracking(mlflow_uri, mlflow_folder / "artifacts", tmp_path, patience_seconds=120)
    MlflowRegistry(tracking).alias_champion(model_name, 99)
    assert tracking.settle()
    assert tracking.pending() == 0
    assert len(tracking.rejected()) == 1
