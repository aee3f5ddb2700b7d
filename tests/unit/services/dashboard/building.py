"""A model with a history worth looking at, on doubles, and a client of the whole app with the dashboard."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import APIRouter

from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.signing import Signer
from services.dashboard.pages import dashboard_pages
from services.inference.app import create_app
from services.inference.front_door import FrontDoor
from tests.contracts import building as make

SECRET = "thirty-two bytes that only tests use"
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"
REPORT = b"<!doctype html><script>draw()</script>"
SPEC = (
    "model: grid\ntask: classification\nowner: grid-desk\ndata: {source: a.csv, target: y}\nbudget: {monthly: 5}\n"
    "costs: {currency: EUR}\n"
)


def register(ports: Ports, name: str = "grid", spec: str = SPEC) -> None:
    ports.models.save(RegisteredModel(name=name, spec_yaml=spec, spec_folder=".", registered_at=make.NOON))


def lived_in(ports: Ports) -> Ports:
    """Two promotions, a rejection, a rollback; five windows, the last without labels; an open and a resolved alert."""
    register(ports)
    for version, kind in ((1, "promote"), (2, "promote"), (1, "rollback")):
        ports.runs.save(make.run(f"run {version}", version=version, metrics={"holdout_accuracy": 0.8 + version / 100}))
        hours = {"promote": version, "rollback": 3}[kind]
        name = f"{kind}-{version}"
        verdict = make.decision(version, id=name, at=make.after(hours), kind=kind, run_id=f"run {version}")
        if kind == "promote":
            ports.versions.add(make.candidate(version), '{"schema": {"columns": [{"name": "load"}]}}', b"")
        ports.versions.crown(make.champion(version, since=make.after(hours), decision_id=name), verdict)
    ports.runs.save(make.run("run 3", version=3, at=make.after(4), state="succeeded"))
    ports.decisions.add(make.decision(3, id="reject-3", at=make.after(4), kind="reject", run_id="run 3"))
    for index in range(4):
        figures = replace(make.performance(), value=0.9 - index / 50, low=0.8 - index / 50)
        ports.windows.save(make.window(index, performance=figures, drift=make.drift(), report=keep_page(ports, index)))
    ports.windows.save(make.window(4, state="provisional"))
    ports.alerts.save(make.alert("loud", opened_at=make.after(3), message=HOSTILE))
    ports.alerts.save(make.alert("over", state="resolved", resolved_at=make.after(2), severity="info"))
    ports.costs.add([make.cost("one"), make.cost("two", stage="label", amount=0.75)])
    return ports


def keep_page(ports: Ports, index: int) -> str:
    kept = f"windows/grid/{index:06d}.html.gz"
    path = ports.artifacts / kept
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(REPORT))
    return kept


def pages_of(ports: Ports) -> APIRouter:
    return dashboard_pages(ports, FrontDoor(3600), Signer(SECRET.encode))


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A client of the app; `get` blocks, and follows no redirects."""

    portal: BlockingPortal
    client: httpx.AsyncClient

    def get(self, path: str, accept_encoding: str = "gzip") -> httpx.Response:
        ask = partial(self.client.get, path, headers={"Accept-Encoding": accept_encoding})
        return self.portal.call(ask)

    def submit(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Send a form of `page`, with the token that stands there; redirects are not followed."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert token is not None, f"{page} has no form"
        return self.portal.call(partial(self.client.post, action, data={"csrf": token[1], **fields}))


@contextmanager
def browsing(ports: Ports) -> Iterator[Browser]:
    settings = Settings(reload_seconds=3600, signing_secret=SECRET)
    app = create_app(ports, settings, pages=[pages_of(ports)])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
    with start_blocking_portal() as portal:
        yield Browser(portal=portal, client=client)
        portal.call(client.aclose)
