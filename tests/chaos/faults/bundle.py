"""A bundle that is damaged where it is kept: flipped bits, a piece cut off, another's bytes.

A service that runs refuses it and goes on with the champion it has; one that starts refuses to serve and says what a
person has to do. What is whole again is taken up by itself.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import anyio
from sqlalchemy import select, update

from benchmarks.serving.home import make_home
from benchmarks.serving.network import MODEL, make_bundle
from infra.database import open_engine
from infra.domain.decisions import Candidate, PromotionDecision, Reason
from infra.ports import Ports
from infra.settings import Settings
from infra.tables import bundles
from infra.transactions import reading, writing
from infra.wiring import build_ports
from services.inference.metrics import Metrics
from services.inference.predictor import Predictor
from services.inference.reloader import Reloader
from tests.chaos.ground import Ground
from tests.chaos.toll import Toll

FLIPS = 8


def run(ground: Ground) -> Iterator[Toll]:
    """On each database: a newer version is promoted, and its bundle is damaged before anybody loads it."""
    for database in ground.databases:
        began, settings, drawing = time.monotonic(), ground.home(database), random.Random(ground.seed)
        make_home(settings, make_bundle(1))
        ports, losses = build_ports(settings), []
        for trial in range(ground.effort.trials):
            losses += _try(ports, settings, trial, drawing)
        yield Toll(
            fault="bundle",
            database=database,
            trials=ground.effort.trials,
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note="a service that starts on it serves nothing and says why",
        )


def _try(ports: Ports, settings: Settings, trial: int, drawing: random.Random) -> list[str]:
    predictor = Predictor()
    reloader = Reloader(ports, predictor, Metrics(), settings, retry_seconds=0.0)
    anyio.run(reloader.look)
    before = predictor.serving(MODEL)
    assert before is not None
    version, sha256 = 10 + trial, _promote(ports, 10 + trial)
    whole = _weights(settings, sha256)
    damaged = _DAMAGES[trial % len(_DAMAGES)](whole, drawing)
    _put(settings, sha256, damaged)
    anyio.run(reloader.look)
    after, losses = predictor.serving(MODEL), []
    if after is None or after.sha256 != before.sha256:
        losses.append(f"damaged version {version} took the place of {before.version}")
    if MODEL not in reloader.failures or not any(one.state == "open" for one in ports.alerts.unresolved()):
        losses.append(f"nobody was told that version {version} is damaged")
    fresh = Predictor()
    started = Reloader(ports, fresh, Metrics(), settings)
    anyio.run(started.look)
    if fresh.serving(MODEL) is not None or MODEL not in started.failures:
        losses.append(f"a fresh service took up damaged version {version}, or said nothing")
    _put(settings, sha256, whole)
    anyio.run(reloader.look)
    healed = predictor.serving(MODEL)
    if healed is None or healed.sha256 != sha256 or reloader.failures:
        losses.append(f"version {version} is whole again and was not taken up")
    return losses


def _promote(ports: Ports, version: int) -> str:
    """Make it champion; its hash."""
    bundle, champion = make_bundle(version), ports.versions.champion(MODEL)
    assert champion is not None
    at = champion.since
    ports.versions.add(
        Candidate(model=MODEL, version=version, sha256=bundle.sha256, run_id=f"chaos-{version}", created_at=at),
        *bundle.pack(),
    )
    decision = PromotionDecision(
        id=f"chaos-{version}",
        model=MODEL,
        at=at,
        kind="promote",
        version=version,
        previous_version=champion.version,
        reasons=(Reason(rule="chaos", passed=True, figure=None, limit=None, text="To be damaged."),),
    )
    crowned = replace(champion, version=version, sha256=bundle.sha256, decision_id=decision.id)
    ports.versions.crown(crowned, decision)
    return bundle.sha256


def _weights(settings: Settings, sha256: str) -> bytes:
    engine = open_engine(settings.database)
    try:
        with reading(engine) as connection:
            return bytes(connection.execute(select(bundles.c.weights).where(bundles.c.sha256 == sha256)).scalar_one())
    finally:
        engine.dispose()


def _put(settings: Settings, sha256: str, weights: bytes) -> None:
    engine = open_engine(settings.database)
    try:
        with writing(engine) as connection:
            connection.execute(update(bundles).where(bundles.c.sha256 == sha256).values(weights=weights))
    finally:
        engine.dispose()


def _flipped(whole: bytes, drawing: random.Random) -> bytes:
    found = bytearray(whole)
    for _ in range(FLIPS):
        found[drawing.randrange(len(found))] ^= 1 << drawing.randrange(8)
    return bytes(found)


def _one_flipped(whole: bytes, drawing: random.Random) -> bytes:
    found = bytearray(whole)
    found[drawing.randrange(len(found))] ^= 1 << drawing.randrange(8)
    return bytes(found)


def _cut(whole: bytes, drawing: random.Random) -> bytes:
    return whole[: drawing.randrange(len(whole))]


def _longer(whole: bytes, drawing: random.Random) -> bytes:
    return whole + drawing.randbytes(drawing.randint(1, 100))


def _anothers(whole: bytes, drawing: random.Random) -> bytes:
    return make_bundle(drawing.randint(1_000, 2_000)).pack()[1]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_one_flipped, _flipped, _cut, _longer, _anothers)
