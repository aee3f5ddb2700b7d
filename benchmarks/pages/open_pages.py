"""What twenty open pages with live updates cost serving: its throughput with and without them, turn by turn.

A page is what the server sees of one: a stream of events, and its live part asked for again after a change, as
`live.js` does. Browsers themselves run on other machines, so none runs here.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.pages.home import LONG
from benchmarks.pages.place import place
from benchmarks.serving.dialects import write_named_with_ids
from benchmarks.serving.figures import Figure
from benchmarks.serving.load import find_wrk, send
from benchmarks.serving.network import make_rows
from infra.domain.errors import Unavailable
from infra.ports import Ports

PAGES, CONCURRENCY = 20, 16
CHANGE_SECONDS = 5.0
"""Something happens to a model that often, with and without pages: a window a model every four minutes."""
LEAST_RATIO = 0.95
_STREAM = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_PART = b"GET /fleet/lines HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"


def run(asked: Asked) -> Found:
    """Pairs of neighbouring turns, every second pair the other way round; the median of their ratios."""
    try:
        wrk = find_wrk()
    except Unavailable as error:
        return Found(figures=(), not_run={"open-pages": str(error)})
    pairs, seconds = (1, 7) if asked.quick else (12, 10)
    ratios, with_pages, without, fetched = [], [], [], 0
    with place(asked) as (base, ports), tempfile.TemporaryDirectory() as folder, _changing(ports):
        body = Path(folder) / "body.json"
        body.write_bytes(write_named_with_ids(make_rows(1)))

        def load() -> float:
            seen = send(wrk, f"{base}/v1/models/model-01/predictions", body, concurrency=CONCURRENCY, seconds=seconds)
            if seen.errors:
                raise Unavailable(f"serving answered with errors: {dict(seen.errors)}")
            return seen.per_second

        load()  # warm
        for pair in range(pairs):
            found: dict[bool, float] = {}
            for pages in (True, False) if pair % 2 == 0 else (False, True):
                if pages:
                    with _open(base) as count:
                        found[pages] = load()
                        fetched += count()
                else:
                    found[pages] = load()
            ratios.append(found[True] / found[False])
            with_pages.append(found[True])
            without.append(found[False])
            say(f"  pair {pair}: {found[False]:.0f} without, {found[True]:.0f} with, ratio {ratios[-1]:.3f}")
    if not fetched:
        raise RuntimeError("no open page was told of a change: nothing was measured")
    figure = Figure(
        name=f"one row, c{CONCURRENCY}: requests per second with {PAGES} live pages over without",
        value=statistics.median(ratios),
        unit="ratio",
        sign=">=",
        bound=LEAST_RATIO,
    )
    row = (f"{statistics.median(without):.0f}", f"{statistics.median(with_pages):.0f}", str(fetched))
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    titles = ("without (1/s)", "with (1/s)", "parts fetched by pages", f"ratios of {pairs} pairs")
    return Found(figures=(figure,), table=table_of(titles, [(*row, spread)]))


@contextmanager
def _changing(ports: Ports) -> Iterator[None]:
    """Something happens to a model every few seconds, until the block ends."""
    ends = threading.Event()

    def go_on() -> None:
        while not ends.wait(CHANGE_SECONDS):
            (alert, *_) = ports.alerts.unresolved(LONG)
            ports.alerts.save(replace(alert, updated_at=alert.updated_at + timedelta(seconds=1)))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


@contextmanager
def _open(base: str) -> Iterator[Callable[[], int]]:
    """Twenty pages in a thread of their own; how many parts they have fetched so far."""
    port = urlsplit(base).port
    loop, fetched = asyncio.new_event_loop(), [0]

    async def page() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_STREAM)
        while line := await reader.readline():
            if line.startswith(b"event: changed"):
                await asyncio.sleep(1.0)  # as live.js waits for more
                theirs, mine = await asyncio.open_connection("127.0.0.1", port)
                mine.write(_PART)
                answer = await theirs.read()
                assert answer.startswith(b"HTTP/1.1 200"), answer[:80]
                mine.close()
                fetched[0] += 1
        writer.close()

    async def all_pages() -> None:
        await asyncio.gather(*[page() for _ in range(PAGES)])

    task = asyncio.run_coroutine_threadsafe(all_pages(), loop)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda: fetched[0]
    finally:
        task.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for left in asyncio.all_tasks(loop):
            left.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
