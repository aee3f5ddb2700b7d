"""How long the service takes for a model's pages, and what travels: `python -m benchmarks.dashboard`.

A home with one model of 400 windows × 100 features is written through the ports and served by a process over HTTP;
every address is asked for 50 times, one after another. Sizes are those of everything that a first visit fetches.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks.dashboard.history import write_history
from infra.installation import address, api_command, free_port
from infra.processes import Child, await_answer
from infra.settings import Settings
from infra.wiring import build_ports

MODEL = "long"
ASKED = 50
START_SECONDS = 120.0
PAGES = (
    f"/models/{MODEL}",
    f"/models/{MODEL}?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z",
    f"/models/{MODEL}?features=all&windows=all",
    f"/models/{MODEL}/drift.png",
    f"/models/{MODEL}/drift.png?features=all",
    f"/models/{MODEL}/drift.json",
    f"/models/{MODEL}/accuracy.json",
    f"/models/{MODEL}/windows/393",
)
_FILES = re.compile(r'(?:href|src)="(/static/[^"]+|/models/[^"]+\.png[^"]*)"')
_IMPORTS = re.compile(r'(?:from|import\()\s*"\./([a-z]+\.js)"')


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=400)
    parser.add_argument("--features", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_history(build_ports(Settings(home=home)), MODEL, windows=asked.windows, features=asked.features)
        port = free_port()
        environment = {"KEEPSHARP_HOME": folder, "KEEPSHARP_TARGETS": "{}", "OMP_NUM_THREADS": "1"}
        with (
            (home / "service.log").open("ab") as log,
            Child("service", api_command(port), environment=environment, output=log) as service,
        ):
            await_answer(service, f"{address(port)}/livez", START_SECONDS)
            _measure(address(port))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def _measure(base: str) -> None:
    with httpx.Client(base_url=base, headers={"Accept-Encoding": "gzip"}, timeout=60, trust_env=False) as client:
        print("| address | p50 ms | p95 ms | KB packed |", "|---|---|---|---|", sep="\n")
        for path in PAGES:
            seconds = [_fetch(client, path)[0] for _ in range(ASKED)]
            size = _fetch(client, path)[1]
            print(f"| {path} | {1000 * _at(seconds, 0.5):.0f} | {1000 * _at(seconds, 0.95):.0f} | {size / 1000:.1f} |")
        print(f"first visit of {PAGES[0]}: {first_visit(client, PAGES[0]) / 1000:.0f} KB in all")


def first_visit(client: httpx.Client, path: str) -> int:
    """Bytes as they travel: the page and all that it and its scripts name, but for what only a person asks for."""
    waiting, seen, total = [path], set(), 0
    while waiting:
        asked = waiting.pop()
        if asked in seen:
            continue
        seen.add(asked)
        total += _fetch(client, asked)[1]
        text = "" if asked.endswith((".png", ".css", ".svg")) or ".png?" in asked else client.get(asked).text
        if asked.endswith(".js"):
            folder = asked.rpartition("/")[0]
            waiting += [f"{folder}/{quote(name)}" for name in _IMPORTS.findall(text)]
        else:
            waiting += [found.replace("&amp;", "&") for found in _FILES.findall(text)]
    return total


def _fetch(client: httpx.Client, path: str) -> tuple[float, int]:
    """(seconds, bytes that travelled)."""
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        size = sum(len(part) for part in answer.iter_raw())
        answer.raise_for_status()
    return time.perf_counter() - began, size


def _at(seconds: Sequence[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


if __name__ == "__main__":
    raise SystemExit(main())
