"""What is run and how: keepsharp in its four ways, what the server alone can do, and the peers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.serving.dialects import ARRAY, BARE_LIST, FRAME, MATRIX, NAMED, OPEN_INFERENCE
from benchmarks.serving.environments import python_of
from benchmarks.serving.home import count_predictions, find_silent_shadows, make_home
from benchmarks.serving.network import MODEL
from benchmarks.serving.postgres import start_postgres
from benchmarks.serving.system import ROOT, Launch, Place, System
from infra.database import open_engine
from infra.domain.errors import Unavailable
from infra.installation import LOOPBACK, api_command
from infra.settings import Settings
from infra.wiring import build_ports

_KEEPSHARP = System(
    key="keepsharp",
    title="keepsharp, SQLite",
    stores="durable",
    path=f"/v1/models/{MODEL}/predictions",
    dialect=NAMED,
    prepare=lambda place: _prepare_keepsharp(place),
    takes_ids=True,
)
_BARE = "benchmarks.serving.peers"


def all_systems(postgres: str | None) -> list[System]:
    """Every system there is, in the order of the table; `postgres` names a server to use in place of our own."""
    return [
        System(
            key="constant",
            title="uvicorn, a constant",
            stores="–",
            path="/",
            dialect=None,
            prepare=lambda place: Launch(command=_module("constant", place)),
        ),
        _KEEPSHARP,
        replace(
            _KEEPSHARP,
            key="keepsharp-postgres",
            title="keepsharp, PostgreSQL",
            prepare=partial(_prepare_on_postgres, postgres),
        ),
        replace(
            _KEEPSHARP,
            key="keepsharp-relaxed",
            title="keepsharp, SQLite, relaxed",
            stores="soon after",
            prepare=partial(_prepare_keepsharp, relaxed=True),
        ),
        replace(
            _KEEPSHARP,
            key="keepsharp-shadows",
            title="keepsharp, SQLite, two shadows",
            prepare=partial(_prepare_keepsharp, shadows=True),
        ),
        *_peers_of_our_environment(),
        *_peers_of_their_own(),
    ]


def _peers_of_our_environment() -> list[System]:
    fastapi = System(
        key="fastapi",
        title="FastAPI, pydantic, torch",
        stores="no",
        path="/predictions",
        dialect=NAMED,
        prepare=partial(_prepare_fastapi, "none"),
    )
    mlflow = System(
        key="mlflow",
        title="mlflow models serve",  # named columns, as keepsharp is given them
        stores="no",
        path="/invocations",
        dialect=FRAME,
        prepare=partial(_prepare_mlflow, "frame"),
    )
    return [
        mlflow,
        replace(
            mlflow,
            key="mlflow-array",
            title="mlflow models serve, arrays without names",
            dialect=ARRAY,
            prepare=partial(_prepare_mlflow, "array"),
        ),
        fastapi,
        replace(
            fastapi,
            key="commit-per-request",
            title="FastAPI, SQLAlchemy, a commit a request, SQLite",
            stores="durable",
            prepare=partial(_prepare_fastapi, "request"),
        ),
        replace(
            fastapi,
            key="commit-per-row",
            title="FastAPI, SQLAlchemy, a commit a row, SQLite",
            stores="durable",
            prepare=partial(_prepare_fastapi, "row"),
            sizes=(100,),  # with one row it is the one above
            concurrencies=(1, 16),  # at 64 a request takes longer than any caller waits
            times_as_long=5,
        ),
    ]


def _peers_of_their_own() -> list[System]:
    def peer(key: str, title: str, path: str, prepare: Callable[[Place], Launch]) -> System:
        return System(key=key, title=title, stores="no", path=path, dialect=MATRIX, prepare=prepare)

    return [
        replace(peer("bentoml", "BentoML, batching", "/predict", _prepare_bentoml), dialect=BARE_LIST),
        peer("litserve", "LitServe", "/predict", _prepare_litserve),
        replace(peer("mlserver", "MLServer", f"/v2/models/{MODEL}/infer", _prepare_mlserver), dialect=OPEN_INFERENCE),
        peer("ray", "Ray Serve", "/", _prepare_ray),
    ]


def _prepare_keepsharp(place: Place, *, database_url: str = "", relaxed: bool = False, shadows: bool = False) -> Launch:
    settings = Settings(home=place.folder / "home", database_url=database_url)
    make_home(settings, place.bundle, relaxed=relaxed, shadows=shadows)
    engine = open_engine(settings.database)
    place.closing.callback(engine.dispose)
    return Launch(
        command=api_command(place.port),
        environment={"KEEPSHARP_HOME": str(settings.home), "KEEPSHARP_DATABASE_URL": database_url},
        stored=lambda: count_predictions(engine),
        complaint=partial(find_silent_shadows, build_ports(settings)) if shadows else lambda: None,
    )


def _prepare_on_postgres(named: str | None, place: Place) -> Launch:
    return _prepare_keepsharp(place, database_url=named or start_postgres(place.closing))


def _prepare_fastapi(commit_each: str, place: Place) -> Launch:
    command = [*_module("fastapi_app", place), str(place.weights), commit_each]
    if commit_each == "none":
        return Launch(command=command)
    database = place.folder / "answers.db"
    return Launch(command=[*command, str(database)], stored=lambda: _count_rows(database))


def _count_rows(database: Path) -> int:
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        return int(connection.execute("SELECT count(*) FROM predictions").fetchone()[0])


def _prepare_mlflow(signature: str, place: Place) -> Launch:
    model = place.folder / "model"
    weights = place.folder / "weights"
    weights.mkdir()
    for path in (place.weights, place.weights.with_suffix(".json")):
        shutil.copy(path, weights)
    environment = _quiet(Path(sys.executable))
    command = [sys.executable, "-m", f"{_BARE}.mlflow_model", str(weights), str(model), signature]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"its model could not be saved: {done.stderr.decode(errors='replace').strip()[-400:]}")
    options = f"--env-manager local --host {LOOPBACK} --port {place.port} --workers 1".split()
    return Launch(
        command=[sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), *options],
        environment={**environment, "PYTHONPATH": str(ROOT)},
    )


def _prepare_bentoml(place: Place) -> Launch:
    python = python_of("bentoml", place.peers)
    options = f"--host {LOOPBACK} --port {place.port} --working-dir {ROOT}".split()
    return Launch(
        command=[str(python), "-m", "bentoml", "serve", f"{_BARE}.bentoml_service:Scorer", *options],
        environment={
            **_quiet(python),
            "BENCH_WEIGHTS": str(place.weights),
            "BENTOML_HOME": str(place.folder / "bentoml"),
            "BENTOML_DO_NOT_TRACK": "True",
        },
    )


def _prepare_litserve(place: Place) -> Launch:
    python = python_of("litserve", place.peers)
    command = [str(python), "-m", f"{_BARE}.litserve_server", str(place.port), str(place.weights)]
    return Launch(command=command, environment=_quiet(python))


def _prepare_mlserver(place: Place) -> Launch:
    python = python_of("mlserver", place.peers)
    settings: dict[str, object] = {
        "host": LOOPBACK,
        "http_port": place.port,
        "grpc_port": 0,
        "metrics_endpoint": None,
        "parallel_workers": 0,
        "debug": False,
    }
    model = {
        "name": MODEL,
        "implementation": f"{_BARE}.mlserver_runtime.Scorer",
        "parameters": {"uri": str(place.weights)},
    }
    (place.folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    (place.folder / "model-settings.json").write_text(json.dumps(model), encoding="utf-8")
    command = [str(python), "-c", "from mlserver.cli import main; main()", "start", str(place.folder)]
    return Launch(command=command, environment=_quiet(python))


def _prepare_ray(place: Place) -> Launch:
    python = python_of("ray", place.peers)
    command = [str(python), "-m", f"{_BARE}.ray_server", str(place.port), str(place.weights), str(place.folder)]
    return Launch(command=command, environment={**_quiet(python), "RAY_USAGE_STATS_ENABLED": "0"})


def _module(name: str, place: Place) -> list[str]:
    return [sys.executable, "-m", f"{_BARE}.{name}", str(place.port)]


def _quiet(python: Path) -> dict[str, str]:
    """Its own programs found first, and nobody called home."""
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"PATH": path, "DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
