"""The stage a replay plays on: a fresh home, the API as its own process, and one Prefect server for all of it.

Everything started here ends with it, also when this process is killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.domain.errors import Refused
from infra.installation import address, api_command, free_port, prefect_command, shared_environment
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
    environment = shared_environment(settings, prefect_port) | {
        "KEEPSHARP_ACCESS": "open",  # on loopback, for us alone
        "KEEPSHARP_TARGETS": "{}",  # what happened long ago wakes nobody
    }
    os.environ.update(environment)  # Prefect reads its settings from the environment when it is imported
    with ExitStack() as stack:
        children = []
        for name, command in (("prefect", prefect_command(prefect_port)), ("api", api_command(api_port))):
            log = stack.enter_context((logs / f"{name}.log").open("wb"))
            children.append(stack.enter_context(Child(name, command, environment=environment, output=log)))
        client = stack.enter_context(_client(api_port))
        yield Stage(settings=settings, client=client, prefect=children[0], api=children[1], environment=environment)


def _client(api_port: int) -> httpx.Client:
    """Without the environment's proxies: what it calls is on this machine."""
    return httpx.Client(base_url=address(api_port), timeout=REQUEST_SECONDS, trust_env=False)


def fresh_home(settings: Settings, home: Path) -> Settings:
    """The settings with an empty `home` of its own: an earlier replay there goes, anything else stays untouched.

    The database and the tracker of the installation around are not used, and nobody is told.

    Raises:
        Refused: `home` holds something that no replay put there.
    """
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise Refused(f"{home} is not empty and was not made by a replay: name another folder with `--home`")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text("A replay lives here, and the next one replaces it.\n")
    return settings.model_copy(update={"home": home, "database_url": "", "mlflow_uri": "", "targets": {}})
