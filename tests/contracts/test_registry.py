"""What every `ports.Registry` does, on the double and on MLflow."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.domain.decisions import Candidate
from infra.ports import Registry, Tracking
from infra.registry import MlflowRegistry


@pytest.fixture(params=["memory", "mlflow"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Registry, Tracking]:
    if request.param == "memory":
        from infra.memory import memory_ports

        ports = memory_ports(tmp_path)
        return ports.registry, ports.tracking
    tracking = request.getfixturevalue("mlflow_tracking")
    return MlflowRegistry(tracking), tracking


def _register(desk: tuple[Registry, Tracking], model: str, version: int) -> str:
    registry, tracking = desk
    config = f'{{"version": {version}}}'
    sha256 = hashlib.sha256(config.encode()).hexdigest()
    at = datetime(2026, 1, version, tzinfo=UTC)
    with tracking.run(model, "train") as run:
        candidate = Candidate(model=model, version=version, sha256=sha256, run_id="r", created_at=at)
        registry.register(candidate, config, b"weights", run)
    return sha256


def test_nobody_serves_before_the_first_promotion(desk: tuple[Registry, Tracking], model_name: str) -> None:
    registry, _ = desk
    assert registry.champion(model_name) is None
    _register(desk, model_name, 1)
    assert registry.champion(model_name) is None


def test_champion_is_the_version_last_named(desk: tuple[Registry, Tracking], model_name: str) -> None:
    registry, _ = desk
    hashes = {version: _register(desk, model_name, version) for version in (1, 2, 3)}
    for version in (1, 3, 2):
        registry.alias_champion(model_name, version)
        assert registry.champion(model_name) == (version, hashes[version])


def test_registering_a_challenger_leaves_the_champion(desk: tuple[Registry, Tracking], model_name: str) -> None:
    registry, _ = desk
    first = _register(desk, model_name, 1)
    registry.alias_champion(model_name, 1)
    _register(desk, model_name, 2)
    assert registry.champion(model_name) == (1, first)


def test_models_do_not_touch_each_other(desk: tuple[Registry, Tracking], model_name: str) -> None:
    registry, _ = desk
    _register(desk, model_name, 1)
    other = _register(desk, f"{model_name}-other", 1)
    registry.alias_champion(f"{model_name}-other", 1)
    assert registry.champion(model_name) is None
    assert registry.champion(f"{model_name}-other") == (1, other)
