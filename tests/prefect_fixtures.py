"""One Prefect server for the whole session: it takes 16–30 s to start.

Every test that asks for `prefect_server` runs in the same test process (`--dist loadgroup`), so that one is enough.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.processes import Child, await_answer
from infra.telemetry import switch_off_telemetry

START_SECONDS = 180
_SHARED = {"prefect_server": "prefect", "mlflow_tracking": "mlflow"}


def pytest_configure(config: pytest.Config) -> None:
    """Keep Prefect out of the user's home, before anything imports it."""
    switch_off_telemetry()
    os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="keepsharp-prefect-")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(os.environ["PREFECT_HOME"], ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a slow server go to the same test process."""
    for item in items:
        for fixture, group in _SHARED.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a server, schedules included, that flows called in this process report to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    prefect = str(Path(sys.executable).with_name("prefect"))
    api = f"http://127.0.0.1:{port}/api"
    settings = {
        "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect")),
        "PREFECT_API_URL": "",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    }
    with (
        (tmp_path_factory.mktemp("log") / "prefect.log").open("wb") as log,
        Child("Prefect", [prefect, "server", "start", "--port", port], environment=settings, output=log) as child,
    ):
        await_answer(child, f"{api}/health", START_SECONDS)
        from prefect.settings import PREFECT_API_URL, temporary_settings

        before = os.environ.get("PREFECT_API_URL")
        os.environ["PREFECT_API_URL"] = api  # for the processes that tests start
        with temporary_settings({PREFECT_API_URL: api}):
            yield api
        os.environ.pop("PREFECT_API_URL") if before is None else os.environ.update(PREFECT_API_URL=before)
