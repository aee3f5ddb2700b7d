"""`make soak`: the whole service under a steady load for hours, with retrainings going on; what grows, what slows down.

python -m tests.soak --minutes 120 --rate 50 --database postgresql

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error. The
status is 1 when a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.monitoring.parts import Found, say, table_of
from benchmarks.running import report_of
from infra.wiring import build_ports, forget_ports
from tests.soak.counting import Kept, count_kept
from tests.soak.judging import MB, growth_of, judge, spans_of
from tests.soak.place import Running, database_at, free_ports, make_home, service_up
from tests.soak.resources import LASTING, Sample, Watch
from tests.soak.traffic import Load, Sent, name_of, send

_DRAIN_SECONDS = 120.0


def main() -> int:
    """The exit status."""
    given = _parser().parse_args()
    load = Load(
        seconds=60 * given.minutes,
        per_second=given.rate,
        turn_every_seconds=60 * given.turn_every,
        retrain_every_seconds=60 * given.retrain_every,
    )
    warm_up = 60 * (given.minutes / 6 if given.warm_up is None else given.warm_up)
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        found = soak(folder, given.database, load, warm_up)
    command = " ".join(["python -m tests.soak", *sys.argv[1:]])
    print(
        json.dumps({"figures": [figure.to_json() for figure in found.figures]})
        if given.json
        else report_of("soak", command, {given.database.partition(":")[0]: found}, ("keepsharp", "torch", "prefect")),
    )
    return int(any(figure.holds is False for figure in found.figures))


def soak(folder: Path, database: str, load: Load, warm_up_seconds: float) -> Found:
    """Run the service in that empty folder under the load, and judge it."""
    say(f"training a first model and starting the service on {database.partition(':')[0]}")
    with (
        database_at(database) as url,
        service_up(make_home(folder, url), free_ports(), folder / "service.log") as running,
    ):
        say(f"it is up at {running.url}; {load.seconds / 60:g} minutes begin")
        with Watch(running.child.pid, note=folder / "samples.jsonl") as watch, _clock(load.seconds):
            sent = asyncio.run(send(running.url, load))
        _await_drained(running)
        running.child.stop()
        say("counting what is kept")
        predicted, labelled = ([name_of(one) for one in numbers] for numbers in (sent.predicted, sent.labelled))
        kept = count_kept(build_ports(running.settings), running.settings.database, predicted, labelled)
        forget_ports()
    figures = judge(
        watch.samples,
        sent.due,
        sent.took,
        warm_up_seconds=warm_up_seconds,
        lost=kept.lost,
        doubled=kept.doubled,
        refused=len(sent.problems),
    )
    return Found(figures=tuple(figures), table=_tables(watch.samples, sent, kept, warm_up_seconds))


def _tables(samples: Sequence[Sample], sent: Sent, kept: Kept, warm_up_seconds: float) -> str:
    """What a person wants to see: growth by process, the answers by ten minutes, and what the loop did."""
    groups = {role: (role,) for role in LASTING} | {"all of them": LASTING}
    growths = []
    for name, roles in groups.items():
        growth, last = growth_of(samples, roles, warm_up_seconds), samples[-1].of(*roles)
        slopes = (growth.rss_mb, growth.own_mb, growth.descriptors, growth.threads)
        growths.append(
            (name, f"{last.rss_bytes / MB:.0f}", str(last.descriptors), *(str(one or "?") for one in slopes))
        )
    titles = ("process", "MB at the end", "fds", "MB/h", "of its own, MB/h", "fds/h", "threads/h")
    answers = [
        (
            f"{span.start / 60:g}",
            str(span.answers),
            *(f"{one:.1f}" for one in (span.p50_ms, span.p99_ms, span.worst_ms)),
        )
        for span in spans_of(sent.due, sent.took)
    ]
    told = (
        f"{kept.predictions} predictions and {kept.labels} labels kept; sent again {sent.tried_again} times; "
        f"{sent.wished} retrainings asked for by hand; runs {kept.runs}, decisions {kept.decisions}."
    )
    parts = [table_of(titles, growths), table_of(("minute", "answers", "p50 ms", "p99 ms", "worst ms"), answers), told]
    return "\n\n".join([*parts, *sent.problems[:20]])


def _await_drained(running: Running) -> None:
    """Until nothing waits in the spill any more; what is left then counts as lost."""
    until = time.monotonic() + _DRAIN_SECONDS
    while any(running.settings.spill.glob("*.spill")) and time.monotonic() < until:
        time.sleep(0.5)


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    """Says how far it is every ten minutes."""
    ending, began = threading.Event(), time.monotonic()

    def tell() -> None:
        while not ending.wait(600):
            say(f"  minute {(time.monotonic() - began) / 60:.0f} of {seconds / 60:g}")

    telling = threading.Thread(target=tell, name="soak clock", daemon=True)
    telling.start()
    try:
        yield
    finally:
        ending.set()
        telling.join()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=120, help="how long (120)")
    parser.add_argument("--rate", type=float, default=50, help="requests a second, one row each (50)")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or the URL of an empty one (sqlite)")
    parser.add_argument("--warm-up", type=float, metavar="MINUTES", help="not counted for growth (a sixth)")
    parser.add_argument("--turn-every", type=float, default=20, metavar="MINUTES", help="the world turns over (20)")
    parser.add_argument("--retrain-every", type=float, default=10, metavar="MINUTES", help="asked by hand (10)")
    parser.add_argument("--folder", type=Path, help="an empty folder for all of it, which stays; else one that goes")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
