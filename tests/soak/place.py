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


@contextmanager
def service_up(folder: Path, database: str) -> Iterator[Running]:
    """Train a first champion and run everything, until the block ends.

    Args:
        folder: an empty folder for home, history and log.
        database: `sqlite`, `postgresql` (a server of our own), or the URL of an empty database.
    """
    with ExitStack() as closing:
        url = "" if database == "sqlite" else database
        if database == "postgresql":
            url = make_database(start_postgres(closing), "soak")
        settings = Settings(home=folder / "home", database_url=url)
        given = {"KEEPSHARP_HOME": str(settings.home), "KEEPSHARP_DATABASE_URL": url, "KEEPSHARP_TARGETS": "{}"}
        log = closing.enter_context((folder / "service.log").open("ab"))
        _train(folder, given)
        port = free_port()
        ports = ["--port", port, "--mlflow-port", free_port(), "--prefect-port", free_port()]
        command = [sys.executable, "-m", "services.cli", "up", *map(str, ports)]
        child = closing.enter_context(Child("keepsharp", command, environment=given, output=log, grace_seconds=60))
        await_answer(child, f"{address(port)}/readyz", START_SECONDS)
        yield Running(url=address(port), settings=settings, child=child)


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
