"""The proxy with its own configuration, before servers that only note what they are asked."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.compose.living import _basic
from tests.compose.places import Place, Places
from tests.compose.reading import read_services
from tests.compose.topology import Topology

SERVICES = read_services()


class Noted:
    """A server of one replica, and the headers that it was sent, by path."""

    def __init__(self, place: Place, port: int) -> None:
        self.name, self.ready, self.seen = place.name, True, list[tuple[str, dict[str, str]]]()
        noted = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                health = self.path in ("/readyz", "/health", "/api/health")
                if not health:
                    noted.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(200 if noted.ready or not health else 503)
                self.send_header("Content-Length", str(len(noted.name)))
                self.end_headers()
                self.wfile.write(noted.name.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((place.address, port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Noted:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@contextmanager
def proxied(folder: Path) -> Iterator[tuple[Topology, dict[str, Noted], str]]:
    """(the topology, its servers by replica, the proxy's address without a port)."""
    with ExitStack() as closing:
        topology = closing.enter_context(Topology(folder, "core", without=["postgres", "flows"]))
        places = topology.places
        ports = {"api": 8000, "mlflow": 5000, "prefect": 4200}
        servers = {
            place.name: closing.enter_context(Noted(place, ports[name])) for name in ports for place in places.of(name)
        }
        (proxy,) = places.of("proxy")
        topology.start_one(proxy)
        await_that(lambda: topology.is_well(proxy))
        yield topology, servers, f"http://{proxy.address}"


def await_that(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is NOT installed: the proxy was not tried")
def test_the_proxy_finds_replicas_leaves_out_the_ill_and_asks_before_mlflow(tmp_path: Path) -> None:
    with proxied(tmp_path) as (topology, servers, proxy), httpx.Client(trust_env=False, timeout=30) as client:

        def answered_by() -> str:
            answer = client.get(f"{proxy}:8000/v1/models", headers={"X-Forwarded-User": "me", "X-API-Key": "k"})
            return answer.text if answer.status_code == 200 else ""

        await_that(lambda: {answered_by() for _ in range(4)} == {"api-1", "api-2"})
        servers["api-2"].ready = False
        await_that(lambda: {answered_by() for _ in range(6)} == {"api-1"})
        assert client.get(f"{proxy}:8000/metrics").status_code == 404
        sent = [headers for path, headers in servers["api-1"].seen if path == "/v1/models"]
        assert all(headers["x-api-key"] == "k" and "x-forwarded-user" not in headers for headers in sent)

        mlflow = f"{proxy}:5000/api/2.0/mlflow/experiments/search"
        operator = _basic(topology.secret("operator"))
        await_that(lambda: client.get(mlflow, headers=operator).status_code == 200)
        for headers in ({}, _basic("operator:guess"), {"Authorization": "Bearer x"}):
            assert client.get(mlflow, headers=headers).status_code == 401
        assert "authorization" not in servers["mlflow-1"].seen[-1][1], "its own password goes no further"

        prefect = f"{proxy}:4200/api/flows"
        await_that(lambda: client.get(prefect, headers=operator).status_code == 200)
        assert servers["prefect-1"].seen[-1][1]["authorization"] == operator["Authorization"], "it asks itself"


def test_places_rewrite_what_a_container_alone_gives(tmp_path: Path) -> None:
    places = Places([SERVICES["postgres"], SERVICES["api"], SERVICES["mlflow"]], tmp_path)
    place = places.of("mlflow")[0]
    database, own = places.of("postgres")[0].address, place.address
    uri = "--backend-store-uri=postgresql+psycopg://mlflow@postgres:5432/mlflow"
    assert places.put(uri, place) == uri.replace("postgres:", f"{database}:")
    assert places.put("--host=0.0.0.0", place) == f"--host={own}"
    assert places.put("mlflow:5000,localhost:5000,127.0.0.1:5000", place) == f"{own}:5000,localhost:5000,{own}:5000"
    assert places.put("--artifacts-destination=/artifacts", place).endswith("/volumes/mlflow")
    assert places.put("/tmp/prefect-ui", place) == f"{place.folder}/prefect-ui"
    assert places.put("/run/secrets/prefect_auth", place) == f"{places.secrets}/prefect_auth"
    assert len({one.address for one in places.all()}) == 4
