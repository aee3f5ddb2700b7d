"""Run one of these programs in its peer's environment and read what it found."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks.serving.environments import python_of
from benchmarks.serving.system import ROOT
from infra.domain.errors import Unavailable

_SECONDS = 1_800
_LAST_WORDS = 400
_QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "true"}


def ask(peer: str, program: str, *words: int, folder: Path) -> dict[str, float]:
    """What the program prints about these words.

    Raises:
        Unavailable: the peer is not installed, or failed, with the end of what it said.
    """
    command = [str(python_of(peer, folder)), "-m", f"benchmarks.monitoring.peers.{program}", *map(str, words)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=os.environ | _QUIET,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{peer} did not end within {_SECONDS} s: ask it for less") from error
    if done.returncode != 0:
        raise Unavailable(f"{peer} failed: {done.stderr.strip()[-_LAST_WORDS:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
