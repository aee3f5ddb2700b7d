"""The inference service as it runs: uvicorn on a loopback port in a thread of the test, a database on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from services.inference.server import build_server
from tests.unit.services.inference.building import bundle, crown, publish, register

START_SECONDS = 60.0


def home(folder: Path) -> Ports:
    """Real ports of an installation in the folder, where version 1 of the model is champion."""
    ports = build_ports(Settings(home=folder, database_url=""))
    register(ports)
    crown(ports, publish(ports, 1, bundle()))
    return ports


@contextmanager
def listening(ports: Ports, folder: Path, **settings: object) -> Iterator[str]:
    """The base URL of a server on a free port; what it spills lies in the folder."""
    given: dict[str, object] = {"home": folder, "port": 0, "reload_seconds": 0.02, **settings}
    server = build_server(ports, Settings.model_validate(given))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def started() -> bool:
        assert thread.is_alive(), "the server ended before it had started"
        return server.started

    await_that(started, "the server has started")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        assert not thread.is_alive()


def await_that(holds: Callable[[], bool], what: str) -> None:
    """Look again until it holds; fail when it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)
