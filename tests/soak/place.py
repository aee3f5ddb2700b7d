"""Where a soak happens: a home with a trained model in a world that turns over, and the whole service on it.

The service is `keepsharp up`: API, flows on their schedules, Prefect and MLflow, as on anybody's machine. It knows
nothing of load.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.serving.postgres import start_postgres
from infra.installation import address, free_port
from infra.processes import Child, await_answer
from infra.settings import Settings
from tests.chaos.outages import make_database

MODEL = "soaked"
NUMBERS = ("x", "y", "heat", "flow", "load", "speed")
HISTORY_ROWS = 3_000
START_SECONDS = 300.0
_MODEL_FILE = f"""\
model: {MODEL}
task: classification
data: {{source: history.csv, target: truth, time: at, features: {{{", ".join(f"{one}: numeric" for one in NUMBERS)},
  site: categorical}}}}
learner: {{hidden: [32], epochs: 10, batch_size: 128, learning_rate: 0.02}}
labels: {{expected_delay: 1m}}
monitoring: {{window: 3000 rows, reports: alerts}}
retraining: {{policy: cost_aware, schedule: "*/10 * * * *", min_labels: 500}}
costs: {{cpu_hour: 0.05}}
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing to ask about, and what will turn out to be true."""

    features: dict[str, float | str]
    truth: str


def row_of(number: int, turned: bool) -> Row:
    """The same for the same number: two of the features decide, and when the world has turned, the other way round."""
    drawn = random.Random(number)
    features: dict[str, float | str] = {name: round(drawn.gauss(0.0, 1.0), 4) for name in NUMBERS}
    x, y = float(features["x"]), float(features["y"])
    features["site"] = drawn.choice(("north", "south"))
    return Row(features=features, truth="up" if x + 1.5 * (-y if turned else y) > 0 else "down")


@dataclass(frozen=True, kw_only=True)
class Running:
    """The service while it runs."""

    url: str
    settings: Settings
    child: Child


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where its programs listen; the same after a restart."""

    api: int
    mlflow: int
    prefect: int


def free_ports() -> Ports:
    """Three that nothing listens on."""
    return Ports(api=free_port(), mlflow=free_port(), prefect=free_port())


@contextmanager
def database_at(database: str) -> Iterator[str]:
    """The setting for `sqlite`, for `postgresql` (a server of our own, until the block ends), or for an URL."""
    with ExitStack() as closing:
        if database == "postgresql":
            yield make_database(start_postgres(closing), "soak")
        else:
            yield "" if database == "sqlite" else database


def make_home(folder: Path, database_url: str) -> Settings:
    """Train a first champion in an empty folder, on an empty database."""
    settings = Settings(home=folder / "home", database_url=database_url)
    folder.mkdir(parents=True, exist_ok=True)
    _train(folder, _environment(settings))
    return settings


@contextmanager
def service_up(settings: Settings, ports: Ports, log: Path) -> Iterator[Running]:
    """Everything that `keepsharp up` runs, until the block ends; it answers when the block begins."""
    given = {"--port": ports.api, "--mlflow-port": ports.mlflow, "--prefect-port": ports.prefect}
    words = [word for option, port in given.items() for word in (option, str(port))]
    command = [sys.executable, "-m", "services.cli", "up", *words]
    with (
        log.open("ab") as output,
        Child("keepsharp", command, environment=_environment(settings), output=output, grace_seconds=60) as child,
    ):
        await_answer(child, f"{address(ports.api)}/readyz", START_SECONDS)
        yield Running(url=address(ports.api), settings=settings, child=child)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "KEEPSHARP_HOME": str(settings.home),
        "KEEPSHARP_DATABASE_URL": settings.database_url,
        "KEEPSHARP_TARGETS": "{}",
    }


def _train(folder: Path, environment: dict[str, str]) -> None:
    began = datetime.now(UTC) - timedelta(minutes=HISTORY_ROWS + 10)
    lines = [",".join(("at", *NUMBERS, "site", "truth"))]
    for number in range(HISTORY_ROWS):
        row = row_of(-1 - number, turned=False)
        at = (began + timedelta(minutes=number)).isoformat()
        lines.append(",".join((at, *map(str, row.features.values()), row.truth)))
    (folder / "history.csv").write_text("\n".join(lines) + "\n", encoding="ascii")
    (folder / "model.yaml").write_text(_MODEL_FILE, encoding="ascii")
    command = [sys.executable, "-m", "services.cli", "train", str(folder / "model.yaml")]
    with Child("keepsharp train", command, environment=environment, output=subprocess.PIPE) as child:
        said = child.output.read().decode(errors="replace") if child.output else ""
        assert child.wait(START_SECONDS) == 0, said
