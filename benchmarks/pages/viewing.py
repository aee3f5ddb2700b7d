"""How long the server takes for each address that a model's pages ask for, and how much of it travels."""

from __future__ import annotations

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, table_of
from benchmarks.pages.asking import MOST_MS, ask, unchanged
from benchmarks.pages.home import LONG
from benchmarks.pages.place import place
from benchmarks.serving.figures import Figure

VIEWS = {
    "two months of it": f"/models/{LONG}?from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z",
    "all features and windows": f"/models/{LONG}?features=all&windows=all",
    "drift as a picture, 20 features": f"/models/{LONG}/drift.png",
    "drift as a picture, 100 features": f"/models/{LONG}/drift.png?features=all",
    "drift as figures": f"/models/{LONG}/drift.json",
    "accuracy as figures": f"/models/{LONG}/accuracy.json",
    "a window": f"/models/{LONG}/windows/",
}


def run(asked: Asked) -> Found:
    """Requests one after another over one connection, packed as for a browser; the first ten are not counted."""
    count = 10 if asked.quick else 50
    figures, rows = [], []
    with place(asked) as (base, ports):
        newest = ports.windows.page(LONG, 5)[-1].index
        for words, path in VIEWS.items():
            times, size = ask(base, f"{path}{newest}" if path.endswith("/") else path, count, unchanged)
            p50, p95 = (float(np.percentile(times, share)) for share in (50, 95))
            figures.append(Figure(name=f"long life, {words}: p95", value=p95, unit="ms", sign="<", bound=MOST_MS))
            rows.append((words, f"{p50:.1f}", f"{p95:.1f}", f"{size / 1000:.1f}"))
    return Found(figures=tuple(figures), table=table_of(("address", "p50 (ms)", "p95 (ms)", "packed (kB)"), rows))
