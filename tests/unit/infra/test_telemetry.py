import os

import pytest

from infra.telemetry import switch_off_telemetry


def test_switches_every_library_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    switch_off_telemetry()
    assert os.environ["DO_NOT_TRACK"] == "true"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["ITERATIVE_DO_NOT_TRACK"] == "1"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_leaves_what_the_user_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"MLFLOW_DISABLE_TELEMETRY": "false"})
    switch_off_telemetry()
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "false"
