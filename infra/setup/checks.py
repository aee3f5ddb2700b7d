"""Everything that must hold before a change is merged: format, lint, types, imports, then the tests.

The first four run side by side; the tests follow only when all four hold. Arguments go on to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.setup.browser import ensure_browser

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
    """Run all checks; the exit status of the first that fails, or 0. A browser is fetched meanwhile, if it can be."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(ensure_browser, Path("build") / "browser.log")
        if not passes(_STATIC):
            return 1
    print("tests    " + " ".join(_TESTS), flush=True)
    # one thread each: two test processes would otherwise fight over the cores
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(_command(_TESTS) + arguments, env=environment, check=False).returncode


def passes(checks: Mapping[str, Sequence[str]]) -> bool:
    """Run the commands side by side; print one line for each, and all that the failed ones said."""
    with ThreadPoolExecutor(len(checks)) as pool:
        outcomes = list(pool.map(_check, checks.items()))
    for outcome in outcomes:
        print(f"{outcome.name:8} {'ok' if outcome.passed else 'FAILED'}  {outcome.seconds:.0f} s", flush=True)
    for outcome in outcomes:
        if not outcome.passed:
            print(f"\n--- {outcome.name}: {' '.join(checks[outcome.name])}\n{outcome.output}", flush=True)
    return all(outcome.passed for outcome in outcomes)


def _check(named: tuple[str, Sequence[str]]) -> Outcome:
    name, command = named
    start = time.monotonic()
    done = subprocess.run(_command(command), capture_output=True, text=True, check=False)
    return Outcome(name, done.returncode == 0, time.monotonic() - start, done.stdout + done.stderr)


def _command(words: Sequence[str]) -> list[str]:
    """The command with its program taken from this environment."""
    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
