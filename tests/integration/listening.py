"""The inference service as it runs: uvicorn on a loopback port in a thread of the test, a database on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.domain.alerts import Alert
from infra.domain.predictions import Prediction
from infra.ports import Ports
from infra.settings import Settings
from infra.wiring import build_ports
from services.inference.api_keys import mint_key
from services.inference.server import build_server
from tests.unit.services.inference.building import MODEL, NOW, bundle, crown, publish, register

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


@contextmanager
def documented(folder: Path) -> Iterator[tuple[str, str]]:
    """URL of a server that asks for keys, and a secret that opens everything; there is something to see and to do."""
    ports = home(folder)
    publish(ports, 2, bundle(2))
    row = Prediction(
        model=MODEL,
        id="seen",
        time=NOW,
        features={"speed": 1.5, "shift": "early", "wet": False},
        value="good",
        version=1,
    )
    ports.predictions.add([row])
    ports.alerts.save(
        Alert(
            id="slow",
            model=MODEL,
            rule="latency",
            severity="warning",
            state="open",
            dedup_key="slow",
            opened_at=NOW,
            updated_at=NOW,
            message="It has become slow.",
            evidence={},
        )
    )
    minted = mint_key("examiner", ["admin"], at=NOW)
    ports.keys.add(minted.key)
    with listening(ports, folder, access="keys") as url:
        yield url, minted.secret
