"""Nothing is acknowledged before it was synced: the system calls of the service say so, one by one.

A kill cannot show it, since what a killed process wrote is still in the system's memory; a power cut would.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from benchmarks.serving.home import make_home
from benchmarks.serving.network import FEATURES, make_bundle
from infra.installation import LOOPBACK, free_port
from infra.sqlite import journal_mode
from tests.chaos.clients import PATH
from tests.chaos.ordeal import home_at
from tests.chaos.outages import away
from tests.chaos.service import ROOT, START_SECONDS
from tests.chaos.tracing import Call, Tracing

pytestmark = pytest.mark.slow
_ID = re.compile(r"proof-[a-z]+-\d{4}")
_CLIENTS = 4


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What a traced service did while it answered, and the ids that it acknowledged."""

    calls: Sequence[Call]
    stored: Sequence[str]
    spilled: Sequence[str]
    database: Path
    spill: Path

    def on(self, path: Path, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind and call.path == str(path)]

    def answer(self, name: str) -> Call:
        """The first bytes that left for anybody and named it."""
        return next(call for call in self.calls if name in call.said and call.kind == "write" and _leaves(call))


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    folder = tmp_path_factory.mktemp("traced")
    tracing = Tracing(folder)
    if tracing.reason is not None:
        pytest.skip(tracing.reason)
    settings = home_at(folder / "home")
    make_home(settings, make_bundle(1))
    with _service(tracing, settings.home) as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        stored = _acknowledge(http, "stored", 60)
        with away(settings.database):
            spilled = _acknowledge(http, "spilled", 40)
        _await(lambda: not any(settings.spill.glob("*.spill")), "the spill is replayed")
    _await(lambda: tracing.is_whole, "the trace is whole")
    database = settings.home.resolve() / "keepsharp.db"
    return Traced(calls=tracing.calls(), stored=stored, spilled=spilled, database=database, spill=settings.spill)


def test_the_commit_is_synced_before_an_answer_leaves(traced: Traced) -> None:
    if journal_mode(sqlite3.sqlite_version) == "WAL":
        _require_synced_wal(traced)
    else:
        _require_synced_journal(traced)


def _require_synced_journal(traced: Traced) -> None:
    """The commit is the cut of the journal: after the database was synced, and synced itself before the answer."""
    journal = traced.database.with_name(traced.database.name + "-journal")
    writes, cuts = traced.on(traced.database, "write"), traced.on(journal, "cut")
    syncs, journal_syncs = traced.on(traced.database, "sync"), traced.on(journal, "sync")
    journal_writes = traced.on(journal, "write")
    groups = set()
    for name in traced.stored:
        answer = traced.answer(name)
        first_with_it = next(call for call in writes if name in call.said)
        commit = next(call for call in cuts if call.began > first_with_it.began)
        before = max((call.ended for call in cuts if call.ended < first_with_it.began), default=-1)
        group = [call for call in writes if before < call.began < commit.began]
        noted = [call for call in journal_writes if before < call.began < commit.began]
        assert _between(journal_syncs, noted[-1].ended, group[0].began), f"{name}: the way back was not on the disk"
        assert _between(syncs, group[-1].ended, commit.began), f"{name}: the database was not synced"
        assert _between(journal_syncs, commit.ended, answer.began), f"{name}: the commit was not synced"
        groups.add(commit.began)
    assert 1 < len(groups) <= len(traced.stored)


def _require_synced_wal(traced: Traced) -> None:
    wal = traced.database.with_name(traced.database.name + "-wal")
    writes, syncs = traced.on(wal, "write"), traced.on(wal, "sync")
    for name in traced.stored:
        written = next(call for call in writes if name in call.said)
        assert _between(syncs, written.ended, traced.answer(name).began), f"{name}: the WAL was not synced"


def test_the_spill_is_synced_before_an_answer_leaves(traced: Traced) -> None:
    files = {Path(call.path) for call in traced.calls if call.path.endswith(".spill")}
    assert files, "nothing was spilled"
    folder_syncs = traced.on(traced.spill, "sync")
    for name in traced.spilled:
        answer = traced.answer(name)
        written = [(file, call) for file in files for call in traced.on(file, "write") if name in call.said]
        assert written, f"{name} was acknowledged while the database was away, and is in no spill file"
        for file, call in written:
            assert _between(traced.on(file, "sync"), call.ended, answer.began), f"{name}: the spill was not synced"
        assert folder_syncs[0].ended < answer.began, f"{name}: the name of the spill file was not on the disk"


def _between(syncs: Sequence[Call], after: int, before: int) -> bool:
    return any(after < sync.began and sync.ended < before for sync in syncs)


def _leaves(call: Call) -> bool:
    return call.path.startswith(("socket:", "TCP:"))


@contextmanager
def _service(tracing: Tracing, home: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "services.cli", "serve", "--port", str(port)]
    with subprocess.Popen(
        tracing.command(command),
        cwd=ROOT,
        env={**os.environ, **tracing.environment, "KEEPSHARP_HOME": str(home), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        url = f"http://{LOOPBACK}:{port}"
        try:
            _await(lambda: _answers(url), "the service is ready")
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _acknowledge(http: httpx.Client, kind: str, requests: int) -> list[str]:
    """The ids of so many requests of one row, sent by several clients at once and all answered with 200."""

    def send(number: int) -> str:
        name = f"proof-{kind}-{number:04}"
        row = {"id": name, "features": dict.fromkeys(FEATURES, 0.25)}
        answer = http.post(PATH, json={"rows": [row]})
        assert answer.status_code == 200, answer.text
        return name

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return list(pool.map(send, range(requests)))


def _await(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)
