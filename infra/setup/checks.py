"""Everything that must hold before a change is merged: format, lint, types, imports, then the tests.

The first four run side by side; the tests follow only when all four hold. Arguments go on to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_BIN = Path(sys.executable).parent
_STATIC = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}
_TESTS = ["pytest", "-n", "2", "--dist", "loadgroup"]


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    passed: bool
    seconds: float
    output: str


def main(arguments: list[str]) -> int:
    """Run all checks; the exit status of the first that fails, or 0."""
    with ThreadPoolExecutor(len(_STATIC)) as pool:
        outcomes = list(pool.map(_check, _STATIC))
    for outcome in outcomes:
        print(f"{outcome.name:8} {'ok' if outcome.passed else 'FAILED'}  {outcome.seconds:.0f} s", flush=True)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        print(f"\n--- {outcome.name}: {' '.join(_STATIC[outcome.name])}\n{outcome.output}")
    if failed:
        return 1
    print("tests    " + " ".join(_TESTS), flush=True)
    # one thread each: two test processes would otherwise fight over the cores
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run([str(_BIN / _TESTS[0]), *_TESTS[1:], *arguments], env=environment, check=False).returncode


def _check(name: str) -> Outcome:
    program, *rest = _STATIC[name]
    start = time.monotonic()
    done = subprocess.run([str(_BIN / program), *rest], capture_output=True, text=True, check=False)
    return Outcome(name, done.returncode == 0, time.monotonic() - start, done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
