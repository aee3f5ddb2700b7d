"""One small model, trained once for the session with MLflow away; each test works on a copy of its home."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infra.domain.alerts import Alert
from infra.domain.predictions import Prediction
from infra.domain.values import Answer
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from services.cli.main import run

START = datetime(2024, 1, 1, tzinfo=UTC)
TRAFFIC_START = datetime(2024, 2, 1, tzinfo=UTC)
AWAY = "http://127.0.0.1:9"
"""Nothing listens there: a training must not need MLflow."""
MODEL_FILE = """\
model: press
task: classification
owner: line-desk
cost_center: press-shop
data: {source: history.csv, time: when, target: label, positive: 1, slices: [shift]}
learner: {hidden: [8], epochs: 6, batch_size: 64, learning_rate: 0.02}
labels: {expected_delay: 10 rows}
monitoring: {window: 100 rows, reports: none}
retraining: {min_labels: 100, policy: degradation}
costs: {cpu_hour: 36, currency: EUR}
"""


def features(rows: int, seed: int) -> list[dict[str, float | str]]:
    rng = np.random.default_rng(seed)
    heat, pressure, shift = rng.normal(20, 5, rows), rng.normal(0, 1, rows), rng.choice(["day", "night"], rows)
    return [
        {"temp": float(t), "pressure": float(p), "shift": str(s)} for t, p, s in zip(heat, pressure, shift, strict=True)
    ]


def truth(row: dict[str, float | str]) -> str:
    return str(int((float(row["temp"]) - 20) / 5 + float(row["pressure"]) > 0))


def history_csv(rows: int = 400, seed: int = 1) -> str:
    lines = ["when,temp,pressure,shift,label"]
    for hour, row in enumerate(features(rows, seed)):
        at = (START + timedelta(hours=hour)).isoformat()
        lines.append(f"{at},{row['temp']},{row['pressure']},{row['shift']},{truth(row)}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Place:
    """A home, its model file, and a way to run commands there."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def model_file(self) -> Path:
        return self.folder / "model.yaml"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, mlflow_uri=AWAY)

    @property
    def ports(self) -> Ports:
        return build_ports(self.settings)

    def run(self, *words: object) -> tuple[int, str, str]:
        """(exit code, standard output, standard error)."""
        self.capture.readouterr()
        code = run([str(word) for word in words])
        said = self.capture.readouterr()
        return code, said.out, said.err

    def json(self, *words: object) -> dict[str, Any]:
        """The one object of a command that ends well."""
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        found: dict[str, Any] = json.loads(out)
        return found

    def serve(self, rows: int, *, first: int = 0, wrong_from: int = 10**6) -> list[tuple[str, str]]:
        """Answers of the champion as they stand in the database; rightly, until row `wrong_from`. (id, truth) a row."""
        champion = self.ports.versions.champion("press")
        assert champion is not None
        given = features(rows, seed=100 + first)
        known = [truth(row) for row in given]
        answers: list[Answer] = [
            str(1 - int(true)) if row >= wrong_from else true for row, true in enumerate(known, start=first)
        ]
        self.ports.predictions.add(
            [
                Prediction(
                    model="press",
                    id=f"p{first + place}",
                    time=TRAFFIC_START + timedelta(hours=first + place),
                    features=given[place],
                    value=answers[place],
                    version=champion.version,
                    confidence=0.8,
                )
                for place in range(rows)
            ]
        )
        return [(f"p{first + place}", true) for place, true in enumerate(known)]

    def label(self, truths: list[tuple[str, str]]) -> None:
        """Send the labels through the command; each known an hour after its row."""
        lines = ["id,value,time"]
        for name, value in truths:
            at = TRAFFIC_START + timedelta(hours=int(name.removeprefix("p")) + 1)
            lines.append(f"{name},{value},{at.isoformat()}")
        path = self.folder / "labels.csv"
        path.write_text("\n".join(lines) + "\n")
        assert self.run("labels", "press", path)[0] == 0


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("press")
    (folder / "history.csv").write_text(history_csv())
    (folder / "model.yaml").write_text(MODEL_FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEPSHARP_HOME", str(folder / "home"))
        patch.setenv("KEEPSHARP_MLFLOW_URI", AWAY)
        patch.delenv("PREFECT_API_URL", raising=False)
        assert run(["train", str(folder / "model.yaml")]) == 0
    return folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test, which every command takes its home from."""
    monkeypatch.setenv("KEEPSHARP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEEPSHARP_MLFLOW_URI", AWAY)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return tmp_path


@pytest.fixture
def empty(environment: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    """A model file and its history; nothing was ever trained."""
    (environment / "history.csv").write_text(history_csv())
    (environment / "model.yaml").write_text(MODEL_FILE)
    return Place(environment, capsys)


@pytest.fixture
def place(trained_folder: Path, environment: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    """A copy of the trained home."""
    shutil.copytree(trained_folder, environment, dirs_exist_ok=True)
    return Place(environment, capsys)


@pytest.fixture
def an_alert() -> Callable[..., Alert]:
    def make(name: str = "a1", **changes: object) -> Alert:
        given: dict[str, object] = {
            "id": name,
            "model": "press",
            "rule": "accuracy_degraded",
            "severity": "critical",
            "state": "open",
            "dedup_key": name,
            "opened_at": TRAFFIC_START,
            "updated_at": TRAFFIC_START,
            "message": "It is wrong too often.",
            "evidence": {},
        }
        return Alert(**{**given, **changes})  # type: ignore[arg-type]  # a test names only what it is about

    return make
