"""The programs of one installation on one machine: how each is called, and what all of them have to agree on.

It starts nothing: `infra.processes` does.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping

from infra.domain.errors import Unavailable
from infra.settings import Settings

LOOPBACK = "127.0.0.1"
FORGETTING = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 24 * 3600),
}
"""Prefect's server forgets runs that ended a month ago; unless told it keeps each look of each minute for ever."""
SELDOM = {"PREFECT_WORKER_HEARTBEAT_SECONDS": "300"}
"""How often the flows tell Prefect's server that they live; it reads before it writes that, so that on SQLite some are
turned away, with a traceback. It is for people to see: looks have heartbeats of their own."""


def shared_environment(settings: Settings, prefect_port: int) -> dict[str, str]:
    """What every process of one installation has to agree on."""
    home = settings.home.resolve()
    return {
        "KEEPSHARP_HOME": str(home),
        "KEEPSHARP_DATABASE_URL": settings.database_url,
        "KEEPSHARP_MLFLOW_URI": settings.mlflow_uri,
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"{address(prefect_port)}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        **FORGETTING,
        **SELDOM,
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # a further process, for what we do not use
        **_past_any_proxy(os.environ),
    }


def _past_any_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """What keeps the HTTP clients of all programs, Prefect's among them, from asking a proxy for our own servers."""
    spared = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    listed = ",".join(filter(None, (spared, LOOPBACK, "localhost")))
    return {"NO_PROXY": listed, "no_proxy": listed}


def api_command(port: int) -> list[str]:
    """The inference service with the dashboard, on loopback."""
    return [sys.executable, "-m", "services.cli", "serve", "--host", LOOPBACK, "--port", str(port)]


def flows_command() -> list[str]:
    """The flows and their schedules."""
    return [sys.executable, "-m", "services.cli", "flows"]


def prefect_command(port: int) -> list[str]:
    """Prefect's own server, on loopback."""
    return [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]


def mlflow_command(settings: Settings, port: int) -> list[str]:
    """MLflow's own server and pages over the same store that the flows write to, on loopback."""
    options = {
        "--backend-store-uri": settings.mlflow,
        "--default-artifact-root": (settings.artifacts / "mlflow").as_uri(),
        "--host": LOOPBACK,
        "--port": str(port),
        "--workers": "1",
        "--uvicorn-opts": "--log-level warning",
    }
    words = [word for option in options.items() for word in option]
    return [sys.executable, "-m", "mlflow", "server", "--no-serve-artifacts", *words]


def address(port: int) -> str:
    """Where a program of this machine answers."""
    return f"http://{LOOPBACK}:{port}"


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(wanted: Mapping[str, tuple[str, int]], host: str = LOOPBACK) -> None:
    """Return when every port can be had; `wanted` holds (what it is for, port) by the option that changes it.

    Raises:
        Unavailable: at least one cannot; the message names each, and what to do.
    """
    problems = [
        f"port {port}, for {purpose}, cannot be had on {host} ({reason}): end what listens there, or choose another "
        f"with {option}"
        for option, (purpose, port) in wanted.items()
        if (reason := _why_taken(host, port)) is not None
    ]
    if problems:
        raise Unavailable("; ".join(problems))


def _why_taken(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what a server of before left is no listener
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None
