"""A process that trains each time it is asked: `python -m benchmarks.training.peers.turns NAME`.

It says `ready` once its imports and a first step are behind it; then each line it reads is one training, and each
line it writes is the CPU seconds that took.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

from benchmarks.training.peers.contenders import CONTENDERS
from benchmarks.training.peers.task import one_thread, rows


def serve(train: Callable[[], object]) -> None:
    """Train for each line on standard input; CPU seconds of the whole process to standard output."""
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.process_time()
        train()
        print(time.process_time() - started, flush=True)


def main() -> None:
    """Warm up on a few rows, then serve."""
    warnings.simplefilter("ignore")
    one_thread()
    contender = CONTENDERS[sys.argv[1]]
    contender(*rows(2_100))
    block, target = rows()
    serve(lambda: contender(block, target))


if __name__ == "__main__":
    main()
