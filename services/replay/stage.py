"""The stage a replay plays on: a fresh home, the API as its own process, and one Prefect server for all of it.

Everything started here ends with it, also when this process is killed.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.domain.errors import Refused
from infra.processes import Child, await_answer
from infra.settings import Settings

MARK = "replay.txt"
REQUEST_SECONDS = 120.0
START_SECONDS = 180.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where the API answers, and the settings that every process of the replay shares."""

    settings: Settings
    client: httpx.Client
    prefect: Child
    api: Child
    environment: dict[str, str]

    def await_servers(self) -> None:
        """Return when both answer.

        Raises:
            Unavailable: one of them ended, or does not answer; the logs lie under the settings' home.
        """
        await_answer(self.prefect, f"{self.environment['PREFECT_API_URL']}/health", START_SECONDS)
        await_answer(self.api, f"{self.client.base_url}/livez", START_SECONDS)


@contextmanager
def open_stage(settings: Settings) -> Iterator[Stage]:
    """Start Prefect and the API under `settings.home`; both answer when the caller has waited for them."""
    settings.home.mkdir(parents=True, exist_ok=True)
    logs = settings.home.resolve() / "logs"
    logs.mkdir(exist_ok=True)
    api_port, prefect_port = free_port(), free_port()
    environment = shared_environment(settings, prefect_port)
    os.environ.update(environment)  # Prefect reads its settings from the environment when it is imported
    with ExitStack() as stack:
        children = []
        for name, command in (("prefect", prefect_command(prefect_port)), ("api", api_command(api_port))):
            log = stack.enter_context((logs / f"{name}.log").open("wb"))
            children.append(stack.enter_context(Child(name, command, environment=environment, output=log)))
        url = f"http://127.0.0.1:{api_port}"
        client = stack.enter_context(httpx.Client(base_url=url, timeout=REQUEST_SECONDS))
        yield Stage(settings=settings, client=client, prefect=children[0], api=children[1], environment=environment)


def fresh_home(settings: Settings, home: Path) -> Settings:
    """The settings with an empty `home` of its own: an earlier replay there goes, anything else stays untouched.

    The database and the tracker of the installation around are not used.

    Raises:
        Refused: `home` holds something that no replay put there.
    """
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise Refused(f"{home} is not empty and was not made by a replay: name another folder with `--home`")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text("A replay lives here, and the next one replaces it.\n")
    return settings.model_copy(update={"home": home, "database_url": "", "mlflow_uri": ""})


def shared_environment(settings: Settings, prefect_port: int) -> dict[str, str]:
    """What every process of one installation has to agree on."""
    home = settings.home.resolve()
    return {
        "KEEPSHARP_HOME": str(home),
        "KEEPSHARP_DATABASE_URL": settings.database_url,
        "KEEPSHARP_MLFLOW_URI": settings.mlflow_uri,
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{prefect_port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def api_command(port: int) -> list[str]:
    """The inference service on loopback."""
    return [sys.executable, "-m", "services.cli.main", "serve", "--port", str(port)]


def prefect_command(port: int) -> list[str]:
    """Prefect's own server on loopback."""
    return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
