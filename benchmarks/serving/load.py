"""The load: wrk for some seconds against one URL, and what it saw. It knows nothing of what answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from infra.domain.errors import Unavailable

_SCRIPT = Path(__file__).with_name("load.lua")
_TIMEOUT_SECONDS = 30
_WATCH_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the callers of one round saw. `errors` counts by kind what was no 2xx or 3xx answer; empty when all were."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def find_wrk() -> str:
    """Path of wrk. Raises Unavailable, saying how to get it."""
    found = shutil.which("wrk")
    if found is None:
        raise Unavailable("wrk, which makes the load, is not installed: apt-get install wrk, or brew install wrk")
    return found


def send(
    wrk: str, url: str, body: Path, *, concurrency: int, seconds: int, watch: Callable[[], None] = lambda: None
) -> Seen:
    """Keep `concurrency` requests under way for `seconds`; `watch` is called a few times a second meanwhile.

    Raises:
        Unavailable: wrk failed, with what it said.
    """
    options = [f"-t1 -c{concurrency} -d{seconds}s --timeout {_TIMEOUT_SECONDS}s".split(), ["-s", str(_SCRIPT), url]]
    environment = {**os.environ, "BENCH_BODY": str(body), "BENCH_RUN": uuid.uuid4().hex}
    with subprocess.Popen(
        [wrk, *options[0], *options[1]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=environment,
    ) as process:
        while process.poll() is None:
            watch()
            time.sleep(_WATCH_SECONDS)
        said = process.stdout.read().decode(errors="replace") if process.stdout else ""
    if process.returncode != 0:
        raise Unavailable(f"wrk ended with status {process.returncode} on {url}: {said.strip()[-500:]}")
    return read_seen(said)


def read_seen(said: str) -> Seen:
    """Read what wrk said with our script: its own text, then one JSON object.

    Raises:
        Unavailable: there is no such object.
    """
    last = said.strip().rsplit("\n", 1)[-1]
    try:
        found = orjson.loads(last)
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"wrk said nothing that can be read: {said.strip()[-500:]!r}") from error
    return Seen(
        requests=found["requests"],
        seconds=found["duration_us"] / 1e6,
        p50_ms=found["p50_us"] / 1e3,
        p99_ms=found["p99_us"] / 1e3,
        errors={kind: count for kind, count in found["errors"].items() if count},
    )
