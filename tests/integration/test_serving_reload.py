"""Versions are crowned under load: no request fails, none is mixed, and none is answered by what cannot be trusted."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from infra.database import open_engine
from infra.model.bundle import ModelBundle
from infra.ports import Ports
from infra.settings import Settings
from infra.tables import bundles
from tests.integration.listening import await_that, home, listening
from tests.unit.services.inference.building import GOOD, MODEL, bundle, crown, publish

CLIENTS = 4
ROWS = 3
LAST = 13
TAMPERED, UNPROVED = 5, 9
"""Versions whose weights are changed in the database, and whose answer to its example is another."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer, and when it was asked for and had come (monotonic seconds)."""

    sent: float
    came: float
    answer: httpx.Response


class Clients:
    """They send rows without a pause, and keep all that they hear."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopping = threading.Event()
        self.heard: list[list[Heard]] = [[] for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def await_more(self) -> None:
        """Until every client has been answered twice: once may have been under way."""
        before = [len(mine) for mine in self.heard]
        await_that(
            lambda: all(len(mine) >= known + 2 for mine, known in zip(self.heard, before, strict=True)),
            "every client has been answered",
        )

    def _send(self, number: int) -> None:
        with httpx.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            for turn in count():
                if self._stopping.is_set():
                    return
                rows = [{"id": f"{number}-{turn}-{row}", "features": _features(row)} for row in range(ROWS)]
                sent = time.monotonic()
                answer = client.post(f"/v1/models/{MODEL}/predictions", json={"rows": rows})
                self.heard[number].append(Heard(sent=sent, came=time.monotonic(), answer=answer))


def test_ten_versions_are_crowned_under_load_and_two_that_cannot_be_trusted_are_not_served(tmp_path: Path) -> None:
    ports = home(tmp_path)
    made = {version: bundle(version) for version in range(1, LAST + 1)}
    began, ended = {1: 0.0}, {}
    with listening(ports, tmp_path) as url, Clients(url) as clients, httpx.Client(base_url=url) as client:
        serving = 1
        for version in range(2, LAST + 1):
            clients.await_more()
            began[version] = time.monotonic()
            if version in (TAMPERED, UNPROVED):
                _crown_untrustworthy(ports, tmp_path, version, made[version])
                await_that(lambda: _open_alerts(client) == 1, "an alert is open")
                clients.await_more()
                assert client.get("/readyz").json()["models"] == {MODEL: serving}
                continue
            crown(ports, publish(ports, version, made[version]))
            _await_serving(client, version)
            ended[serving] = time.monotonic()
            serving = version
            await_that(lambda: _open_alerts(client) == 0, "no alert is open")
        clients.await_more()
    heard = [one for mine in clients.heard for one in mine]
    assert {one.answer.status_code for one in heard} == {200}
    versions = set()
    for one in heard:
        document = one.answer.json()
        version = document["version"]
        versions.add(version)
        assert began[version] <= one.came, f"{version} answered before it was crowned"
        assert one.sent <= ended.get(version, one.sent), f"{version} answered after another had taken over"
        assert {entry["version"] for entry in document["predictions"]} == {version}
        _require_answers_of(made[version], document["predictions"])
    assert versions == set(range(1, LAST + 1)) - {TAMPERED, UNPROVED}
    resolved = [alert for alert in ports.alerts.page(MODEL, 10) if alert.rule == "reload_failed"]
    assert [alert.state for alert in resolved] == ["resolved", "resolved"]


def _features(row: int) -> dict[str, object]:
    return {**GOOD, "speed": float(row)}


def _require_answers_of(made: ModelBundle, entries: list[dict[str, object]]) -> None:
    answers = made.answer(made.schema.parse([_features(row) for row in range(ROWS)]).block)
    assert [entry["value"] for entry in entries] == list(answers.values)
    assert [entry["confidence"] for entry in entries] == pytest.approx(list(answers.confidences or ()), abs=1e-6)


def _crown_untrustworthy(ports: Ports, folder: Path, version: int, made: ModelBundle) -> None:
    if version == UNPROVED:
        assert made.example is not None
        crown(ports, publish(ports, version, replace(made, example=replace(made.example, confidence=0.123))))
        return
    candidate = publish(ports, version, made)
    engine = open_engine(Settings(home=folder, database_url="").database)
    with engine.begin() as connection:
        other = bundle(99).pack()[1]
        connection.execute(update(bundles).where(bundles.c.sha256 == candidate.sha256).values(weights=other))
    engine.dispose()
    crown(ports, candidate)


def _await_serving(client: httpx.Client, version: int) -> None:
    await_that(lambda: client.get("/readyz").json()["models"] == {MODEL: version}, f"version {version} serves")


def _open_alerts(client: httpx.Client) -> int:
    return len(client.get(f"/v1/models/{MODEL}/alerts", params={"state": "open"}).json()["items"])
