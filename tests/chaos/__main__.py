"""`make chaos`: every fault that production knows, one after the other, and the OpenAPI document at length.

python -m tests.chaos [--only api,disk_full] [--rounds 300] [--outage-minutes 5] [--short] [--json]

A line for each fault and database goes to standard output, or one JSON object with --json; everything else to standard
error. The status is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import structlog
import torch

from benchmarks.monitoring.parts import say
from tests.chaos.faults import FAULTS
from tests.chaos.ground import SHORT, Effort, Ground
from tests.chaos.server import Server
from tests.chaos.service import Nursery
from tests.chaos.toll import Toll


def main() -> int:
    """The exit status: 1 when a promise was broken, 2 when no such fault is known."""
    given = _parser().parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))  # every refusal is a line
    torch.set_num_threads(1)  # the threads of a parent are not its forked children's: they would wait for them
    if unknown := set(given.only) - set(FAULTS):
        say(f"--only names {', '.join(sorted(unknown))}: choose from {', '.join(FAULTS)}")
        return 2
    tolls = []
    for toll in _tried(given):
        tolls.append(toll)
        print(toll.line, file=sys.stderr if given.json else sys.stdout, flush=True)
        for loss in toll.losses[:10]:
            print(f"  {loss[-4000:]}", file=sys.stderr if given.json else sys.stdout, flush=True)
    if given.json:
        print(json.dumps({"seed": given.seed, "tolls": [asdict(toll) for toll in tolls]}, indent=2))
    return int(any(toll.losses for toll in tolls))


def _tried(given: argparse.Namespace) -> Iterator[Toll]:
    asked = {
        name: value
        for name in ("rounds", "outage_minutes", "trials", "steps", "examples")
        if (value := getattr(given, name)) is not None
    }
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        ground = Ground(
            folder=folder,
            seed=given.seed,
            effort=replace(SHORT if given.short else Effort(), **asked),
            databases=tuple(given.databases),
            nursery=cache(lambda: closing.enter_context(Nursery(folder))),
            server=cache(lambda: closing.enter_context(Server())),
        )
        for name, fault in FAULTS.items():
            if name in given.only:
                say(f"{name}: seed {given.seed}")
                yield from fault(ground)


def _parser() -> argparse.ArgumentParser:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=names, default=list(FAULTS), metavar="A,B", help=f"of {', '.join(FAULTS)}")
    parser.add_argument("--databases", type=names, default=["sqlite", "postgresql"], metavar="A,B")
    parser.add_argument("--short", action="store_true", help="a few trials and seconds of each")
    parser.add_argument("--rounds", type=int, help="kills of the API (300)")
    parser.add_argument("--outage-minutes", type=float, help="of the database (5)")
    parser.add_argument("--trials", type=int, help="of everything else (20)")
    parser.add_argument("--steps", type=int, help="at which a worker, and a migration, is killed (25)")
    parser.add_argument("--examples", type=int, help="for each operation of the API (300)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments and the traffic")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
