"""How long the server takes for a page, and what all that a page loads at first weighs."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, table_of
from benchmarks.pages.home import LONG, MODELS
from benchmarks.pages.place import place
from benchmarks.serving.figures import Figure
from infra.ports import Ports

MOST_MS = 150.0
PAGES = {f"first page, {MODELS} models": "/", "page of the model with the long life": f"/models/{LONG}"}


def run(asked: Asked) -> Found:
    """Requests one after another over one connection, packed as for a browser; the first ten are not counted.

    "Changed" means that an alert was saved before each request, so that nothing of an earlier answer holds.
    """
    count = 20 if asked.quick else 100
    figures, rows = [], []
    with place(asked) as (base, ports):
        for title, path in PAGES.items():
            for words, change in (("", unchanged), (", changed each time", _changing(ports))):
                times, size = ask(base, path, count, change)
                p50, p95 = (float(np.percentile(times, share)) for share in (50, 95))
                figures.append(Figure(name=f"{title}{words}: p95", value=p95, unit="ms", sign="<", bound=MOST_MS))
                rows.append((title + words, f"{p50:.1f}", f"{p95:.1f}", f"{size / 1000:.1f}"))
    return Found(figures=tuple(figures), table=table_of(("page", "p50 (ms)", "p95 (ms)", "HTML packed (kB)"), rows))


def ask(base: str, path: str, count: int, change: Callable[[], None], *, warming: int = 10) -> tuple[list[float], int]:
    """(milliseconds of each request behind the first `warming`, bytes that travelled); `change` is called before each.

    Raises:
        RuntimeError: an answer is none.
    """
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    times, size = [], 0
    for _ in range(count + warming):
        change()
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        size = len(answer.read())
        times.append(1000 * (time.perf_counter() - began))
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    connection.close()
    return times[warming:], size


def unchanged() -> None:
    """Nothing happened since the last request."""


def _changing(ports: Ports) -> Callable[[], None]:
    """Every call changes an alert of the model with the long life."""

    def change() -> None:
        (alert, *_) = ports.alerts.unresolved(LONG)
        ports.alerts.save(replace(alert, updated_at=alert.updated_at + timedelta(seconds=1)))

    return change
