"""`make chaos`: the kill test at length, on SQLite and on PostgreSQL; one JSON at the end.

python -m tests.chaos --rounds 100 --seed 1
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.serving.postgres import start_postgres
from tests.chaos.ordeal import Summary, endure, home_at, moments_of
from tests.chaos.outages import make_database
from tests.chaos.service import Nursery


def main() -> int:
    """The exit status: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="on each database (100)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments and the traffic")
    given = parser.parse_args()
    summaries = _kill(given.rounds, given.seed)
    print(json.dumps({"kill": [asdict(one) for one in summaries]}, indent=2))
    return int(any(one.problems for one in summaries))


def _kill(rounds: int, seed: int) -> list[Summary]:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        server = start_postgres(closing)
        nursery = closing.enter_context(Nursery(folder))
        summaries = []
        for name, database in (("sqlite", ""), ("postgresql", make_database(server, "chaos"))):
            print(f"{name}: {rounds} rounds, seed {seed}", file=sys.stderr, flush=True)
            summaries.append(endure(nursery, home_at(folder / name, database), moments_of(rounds), seed))
        return summaries


if __name__ == "__main__":
    sys.exit(main())
