"""What every `ports.Tracking` does, on the double and on MLflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.ports import Tracking


@pytest.fixture(params=["memory", "mlflow"])
def tracking(request: pytest.FixtureRequest, tmp_path: Path) -> Tracking:
    if request.param == "memory":
        from infra.memory import memory_ports

        return memory_ports(tmp_path).tracking
    found: Tracking = request.getfixturevalue("mlflow_tracking")
    return found


def test_takes_everything_a_training_tells(tracking: Tracking, model_name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_text("<p>drift</p>")
    with tracking.run(model_name, "retrain") as run:
        run.params({"seed": 7, "hidden": [64, 64], "start": "warm:3", "nothing": None})
        run.tags({"owner": "grid-desk"})
        run.dataset("snapshot", "ab" * 32, 500)
        for epoch in range(3):
            run.metrics({"validation_loss": 1 / (epoch + 1), "recall[class=é]": 0.5}, step=epoch)
        run.metrics({"broken": float("nan")})
        run.text("# Dossier", "dossier/summary.md")
        run.file(report, "reports")
    assert isinstance(run.id, str)


def test_two_runs_have_two_ids(tracking: Tracking, model_name: str) -> None:
    with tracking.run(model_name, "first") as first, tracking.run(model_name, "second") as second:
        first.metrics({"accuracy": 0.9})
    assert isinstance(first.id, str)
    assert isinstance(second.id, str)
    assert first.id != second.id


def test_id_once_known_stays_the_same_and_outlives_the_run(tracking: Tracking, model_name: str) -> None:
    with tracking.run(model_name, "retrain") as run:
        during = run.id  # unknown until the tracker has heard of the run
        run.metrics({"accuracy": 0.9})
    after = run.id
    assert after is not None
    assert during in (None, after)


def test_failure_in_the_block_rises(tracking: Tracking, model_name: str) -> None:
    with pytest.raises(ZeroDivisionError), tracking.run(model_name, "retrain"):
        raise ZeroDivisionError
