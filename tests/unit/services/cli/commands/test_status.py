from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.domain.alerts import Alert
from tests.unit.services.cli.commands.conftest import MODEL_FILE, Place


def test_every_model_is_one_line(place: Place, an_alert: Callable[..., Alert]) -> None:
    lathe = MODEL_FILE.replace("model: press", "model: lathe")
    place.ports.models.save(replace(place.ports.models.get("press"), name="lathe", spec_yaml=lathe))
    place.ports.alerts.save(an_alert())
    code, out, _ = place.run("status")
    assert code == 0
    first, second = out.splitlines()
    assert first == "lathe: no champion yet · unknown · No window of traffic has been judged yet. · 0 alerts"
    assert second.startswith("press: version 1 · degraded · It is wrong too often. · 1 alert · ")
    assert second.endswith("EUR in 2024-01")


def test_machines_get_the_last_window_and_the_month(place: Place) -> None:
    place.label(place.serve(120))
    place.json("monitor", "press", "--now", "2024-02-06T01:00:00Z")  # before the silence afterwards is an alarm
    (found,) = place.json("status")["models"]
    assert (found["version"], found["health"], found["predictions"]) == (1, "ok", 120)
    assert found["window"]["index"] == 0
    assert found["cost"]["name"] == "2024-02"


def test_an_empty_installation_is_greeted_and_not_made(empty: Place) -> None:
    code, out, _ = empty.run("status")
    assert code == 0
    assert "`keepsharp train MODEL.yaml` begins" in out
    assert empty.json("status")["models"] == []
    assert not empty.home.exists()


def test_a_setting_that_cannot_be_is_named(empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPSHARP_PORT", "abc")
    code, _, err = empty.run("status")
    assert code == 2
    assert "KEEPSHARP_PORT" in err


def test_it_imports_nothing_heavy(place: Place) -> None:
    heavy = ["torch", "mlflow", "pandas", "prefect", "evidently", "scipy", "fastapi", "alembic"]
    script = (
        "import sys\nfrom services.cli.main import run\nassert run(['status']) == 0\n"
        f"found = [name for name in {heavy!r} if name in sys.modules]\nassert not found, found\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("press: version 1")
