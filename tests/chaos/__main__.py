"""`make chaos`: the kill test and the OpenAPI document at length; one JSON at the end.

python -m tests.chaos --rounds 100 --examples 300 --seed 1
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from benchmarks.serving.postgres import start_postgres
from tests.chaos.document import examine
from tests.chaos.ordeal import Summary, endure, home_at, moments_of
from tests.chaos.outages import make_database
from tests.chaos.service import Nursery
from tests.integration.listening import documented


def main() -> int:
    """The exit status: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="on each database (100)")
    parser.add_argument("--examples", type=int, default=300, help="for each operation of the API; 0: none (300)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments and the traffic")
    given = parser.parse_args()
    summaries = _kill(given.rounds, given.seed)
    document = _examine(given.examples, given.seed) if given.examples else None
    print(json.dumps({"kill": [asdict(one) for one in summaries], "document": document}, indent=2))
    problems = [*(problem for one in summaries for problem in one.problems), *(document or {}).get("problems", [])]
    return int(bool(problems))


def _examine(examples: int, seed: int) -> dict[str, Any]:
    print(f"OpenAPI document: {examples} examples for each operation, seed {seed}", file=sys.stderr, flush=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))  # every refusal is a line
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, documented(Path(folder)) as (url, secret):
        began = time.monotonic()
        problems = examine(url, secret, Path(folder), examples=examples, seed=seed)
    return {"examples": examples, "seed": seed, "seconds": round(time.monotonic() - began, 1), "problems": problems}


def _kill(rounds: int, seed: int) -> list[Summary]:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        server = start_postgres(closing)
        nursery = closing.enter_context(Nursery(folder))
        summaries = []
        for name, database in (("sqlite", ""), ("postgresql", make_database(server, "chaos"))):
            print(f"{name}: {rounds} rounds, seed {seed}", file=sys.stderr, flush=True)
            summaries.append(endure(nursery, home_at(folder / name, database), moments_of(rounds), seed))
            print(f"{len(summaries[-1].problems)} problems", file=sys.stderr, flush=True)
        return summaries


if __name__ == "__main__":
    sys.exit(main())
