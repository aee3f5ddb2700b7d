"""How soon replicas of the API that share nothing but a PostgreSQL answer with a version after it was promoted."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.scale.models import KINDS
from benchmarks.scale.world import START, Fleet, fleet_on
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from infra.domain.decisions import Candidate, PromotionDecision
from infra.domain.errors import Unavailable
from infra.installation import LOOPBACK, free_port
from infra.processes import Child, await_answer

REPLICAS = 3
PROMISED_SECONDS = 5.0
MODEL = "replicated"
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def run(asked: Asked) -> Found:
    """Three processes of `keepsharp serve`, two when it is to be quick, and promotions one after the other."""
    count, times = (2, 3) if asked.quick else (REPLICAS, 30)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="scale-") as folder,
            fleet_on("postgresql", Path(folder), KINDS, seed=asked.seed) as fleet,
        ):
            fleet.add_model(MODEL)
            with _serving(fleet, count) as urls:
                delays = [_promote(fleet, urls, version) for version in range(2, 2 + times)]
    except Unavailable as error:
        return Found(figures=(), not_run={"replicas": str(error)})
    ordered = sorted(delays)
    line = (f"{times}", f"{ordered[len(ordered) // 2]:.2f} s", f"{ordered[-1]:.2f} s")
    name = f"seconds until the last of {count} replicas answers with a promoted version, at most in {times}"
    return Found(
        figures=(Figure(name=name, value=ordered[-1], unit="s", sign="<=", bound=PROMISED_SECONDS),),
        table=table_of(("promotions", "median", "longest"), [line]),
    )


@contextmanager
def _serving(fleet: Fleet, count: int) -> Iterator[list[str]]:
    """URLs of the model at each replica, each with a home of its own."""
    with ExitStack() as closing:
        urls = []
        for number in range(count):
            home, port = fleet.folder / f"replica-{number}", free_port()
            home.mkdir()
            output = closing.enter_context((home / "log").open("wb"))
            child = Child(
                f"replica {number}",
                [sys.executable, "-m", "services.cli", "serve", "--port", str(port)],
                environment={"KEEPSHARP_HOME": str(home), "KEEPSHARP_DATABASE_URL": fleet.url},
                folder=ROOT,
                output=output,
            )
            closing.enter_context(child)
            await_answer(child, f"http://{LOOPBACK}:{port}/readyz", 240.0)
            urls.append(f"http://{LOOPBACK}:{port}/v1/models/{MODEL}")
        say(f"  {len(urls)} replicas answer")
        yield urls


def _promote(fleet: Fleet, urls: Sequence[str], version: int) -> float:
    """Seconds from the promotion until every replica answers with it."""
    versions = fleet.ports.versions
    champion = versions.champion(MODEL)
    assert champion is not None
    config, weights = versions.bundle(champion.sha256)
    versions.add(
        Candidate(model=MODEL, version=version, sha256=champion.sha256, run_id=f"run-{version}", created_at=START),
        config,
        weights,
    )
    decision = PromotionDecision(
        id=uuid.uuid4().hex,
        model=MODEL,
        at=START,
        kind="promote",
        version=version,
        previous_version=champion.version,
        reasons=(),
    )
    began = time.monotonic()
    versions.crown(replace(champion, version=version, decision_id=decision.id), decision)
    left = set(urls)
    while left:
        left -= {url for url in left if _version(url) == version}
        if time.monotonic() - began > 60.0:
            raise Unavailable(f"{sorted(left)} never answered with version {version}")
        time.sleep(0.01)
    return time.monotonic() - began


def _version(url: str) -> int:
    with _DIRECTLY.open(url, timeout=30) as response:
        return int(json.loads(response.read())["serving"])
