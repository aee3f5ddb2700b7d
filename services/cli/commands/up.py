"""`keepsharp up`: the whole service on one machine, as one program with one log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, settings_at
from services.cli.output import Json, answer, tell

if TYPE_CHECKING:
    from infra.settings import Settings
    from infra.supervisor import Supervisor

START_SECONDS = 180.0
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="API and dashboard; default: 8000.")]
MlflowPort = Annotated[int, typer.Option("--mlflow-port", min=1, max=65535, help="MLflow's pages.")]
PrefectPort = Annotated[int, typer.Option("--prefect-port", min=1, max=65535, help="Prefect's pages.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp up --port 8080")(up)


def up(
    port: Port = None,
    mlflow_port: MlflowPort = 5000,
    prefect_port: PrefectPort = 4200,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Run API, dashboard, schedules, MLflow and Prefect. They run until Ctrl-C, or until one of them ends."""
    from infra.domain.errors import Unavailable
    from infra.installation import require_free
    from infra.supervisor import Supervisor

    settings = settings_at(home).model_copy(update={} if port is None else {"port": port})
    ports = {
        "--port": ("the API and the dashboard", settings.port),
        "--prefect-port": ("Prefect", prefect_port),
        "--mlflow-port": ("MLflow", mlflow_port),
    }
    if _tracker_is_elsewhere(settings):
        del ports["--mlflow-port"]
    require_free(ports)
    tell("starting; the first time takes a minute")
    with Supervisor(sys.stderr) as supervisor:
        where = _start(supervisor, settings, mlflow_port=mlflow_port, prefect_port=prefect_port)
        answer(where, _summary(where), as_json=as_json)
        ended = supervisor.run()
    if ended is not None:
        raise Unavailable(
            f"{ended.name} ended with status {ended.wait()}, so everything was ended: its last lines are above"
        )
    tell("everything has ended")


def _start(supervisor: Supervisor, settings: Settings, *, mlflow_port: int, prefect_port: int) -> dict[str, str]:
    """Start everything and wait until it answers; (what, where) for a person.

    The flows come last: they need Prefect, and MLflow to have made its tables.
    """
    from infra import installation as programs
    from infra.processes import await_answer
    from infra.secret_files import without_credentials

    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    shared = programs.shared_environment(settings, prefect_port)
    dashboard, prefect, mlflow = map(programs.address, (settings.port, prefect_port, mlflow_port))
    waits = {}
    if _tracker_is_elsewhere(settings):
        mlflow = without_credentials(settings.mlflow)
    else:
        child = supervisor.start("mlflow", programs.mlflow_command(settings, mlflow_port), shared)
        waits[child] = f"{mlflow}/health"
    child = supervisor.start("prefect", programs.prefect_command(prefect_port), shared)
    waits[child] = f"{prefect}/api/health"
    child = supervisor.start("api", programs.api_command(settings.port), shared)
    waits[child] = f"{dashboard}/livez"
    for child, url in waits.items():
        await_answer(child, url, START_SECONDS)
    supervisor.start("flows", programs.flows_command(), shared)
    return {
        "dashboard": dashboard,
        "api": f"{dashboard}/v1/models",
        "mlflow": mlflow,
        "prefect": prefect,
        "home": str(settings.home.resolve()),
    }


def _tracker_is_elsewhere(settings: Settings) -> bool:
    return settings.mlflow.startswith(("http://", "https://"))


def _summary(where: dict[str, str]) -> str:
    lines = [f"  {what:<11}{place}" for what, place in where.items()]
    return "\n".join(["", "keepsharp is up; Ctrl-C ends it", *lines, ""])
