"""A small model for the tests of serving, its versions, and an app that serves it on doubles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import torch
from fastapi import FastAPI

from infra.domain.decisions import Candidate, Champion, PromotionDecision, Reason
from infra.domain.values import Feature
from infra.memory import memory_ports
from infra.model.bundle import ModelBundle
from infra.model.networks import build_network
from infra.model.schema import Column, FeatureSchema
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from services.inference.app import create_app
from services.inference.service import Service

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL = "line"
SPEC = "model: line\ntask: {task}\ndata: {{source: parts.csv, target: surface}}\n"
GOOD: dict[str, object] = {"speed": 1.5, "shift": "early", "wet": False}
Task = Literal["classification", "regression"]

SCHEMA = FeatureSchema(
    (
        Column(name="speed", kind="numeric", mean=1.0, std=2.0, missing=True),
        Column(name="shift", kind="categorical", categories=("early", "late")),
        Column(name="wet", kind="boolean"),
        Column(name="plant", kind="carried"),
    )
)


def bundle(
    seed: int = 1,
    task: Task = "classification",
    schema: FeatureSchema = SCHEMA,
    example: Mapping[str, Feature] | None = None,
) -> ModelBundle:
    """A network with random weights: the tests are about serving, not about being right."""
    classes = ("bad", "good") if task == "classification" else None
    config: dict[str, object] = {"hidden": [4], "dropout": 0.0}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network("mlp", schema=schema, outputs=2 if classes else 1, config=config)
    plain = ModelBundle(
        task=task,
        schema=schema,
        network_name="mlp",
        network_config=config,
        network=network.eval().requires_grad_(False),
        classes=classes,
        target_mean=0.0,
        target_std=1.0,
        temperature=1.0,
        provenance={"seed": seed},
    )
    return plain.with_example(example or ({**GOOD, "plant": None} if schema is SCHEMA else {"x": 0.5}))  # type: ignore[dict-item]


def register(ports: Ports, model: str = MODEL, task: Task = "classification") -> None:
    spec = SPEC.format(task=task).replace("line", model, 1)
    ports.models.save(RegisteredModel(name=model, spec_yaml=spec, spec_folder=".", registered_at=NOW))


def publish(ports: Ports, version: int, made: ModelBundle, model: str = MODEL) -> Candidate:
    """Keep a version without crowning it."""
    config, weights = made.pack()
    candidate = Candidate(model=model, version=version, sha256=made.sha256, run_id=f"run-{version}", created_at=NOW)
    ports.versions.add(candidate, config, weights)
    return candidate


def crown(ports: Ports, candidate: Candidate) -> Champion:
    old = ports.versions.champion(candidate.model)
    at = NOW + timedelta(minutes=candidate.version)
    decision = PromotionDecision(
        id=f"{candidate.model}-{candidate.version}",
        model=candidate.model,
        at=at,
        kind="promote",
        version=candidate.version,
        previous_version=old.version if old else None,
        reasons=(Reason(rule="better", passed=True, figure=0.9, limit=0.8, text="It is better."),),
    )
    champion = Champion(
        model=candidate.model,
        version=candidate.version,
        sha256=candidate.sha256,
        since=at,
        since_seq=ports.predictions.last_seq(candidate.model),
        accepted=0.9,
        decision_id=decision.id,
    )
    ports.versions.crown(champion, decision)
    return champion


@dataclass(frozen=True, kw_only=True)
class Running:
    """An app that lives, a client on it, and the ports behind it."""

    app: FastAPI
    client: httpx.AsyncClient
    ports: Ports

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    async def predict(self, *rows: Any, query: str = "", model: str = MODEL) -> httpx.Response:
        return await self.client.post(f"/v1/models/{model}/predictions{query}", json={"rows": list(rows)})

    async def label(self, *labels: Any, query: str = "", model: str = MODEL) -> httpx.Response:
        return await self.client.post(f"/v1/models/{model}/labels{query}", json={"labels": list(labels)})

    async def metrics(self) -> str:
        return (await self.client.get("/metrics")).text


def served(folder: Path, task: Task = "classification") -> Ports:
    """Ports with version 1 of the model crowned."""
    ports = memory_ports(folder)
    register(ports, task=task)
    crown(ports, publish(ports, 1, bundle(task=task)))
    return ports


@asynccontextmanager
async def running(
    ports: Ports, settings: Settings | None = None, clock: Callable[[], datetime] = lambda: NOW
) -> AsyncIterator[Running]:
    app = create_app(ports, settings or Settings(reload_seconds=3600), clock=clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield Running(app=app, client=client, ports=ports)
