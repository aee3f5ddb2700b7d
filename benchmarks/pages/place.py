"""Where the pages are measured: a home that is written once a run, and the service on it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from benchmarks.monitoring.parts import Asked, say
from benchmarks.pages.home import make_home
from infra.installation import address, api_command, free_port
from infra.ports import Ports
from infra.processes import Child, await_answer
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder with a random name is made in it
START_SECONDS = 180.0


@contextmanager
def place(asked: Asked) -> Iterator[tuple[str, Ports]]:
    """The address of the service on a home of its own, and the home's ports."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(_written(asked.quick, asked.seed), home)
        port = free_port()
        settings = {"KEEPSHARP_HOME": str(home), "KEEPSHARP_TARGETS": "{}", "OMP_NUM_THREADS": "1"}
        with (
            (Path(folder) / "service.log").open("ab") as log,
            Child("service", api_command(port), environment=settings, output=log) as service,
        ):
            await_answer(service, f"{address(port)}/readyz", START_SECONDS)
            yield address(port), build_ports(Settings(home=home))
        forget_ports()


@lru_cache(maxsize=1)
def _written(quick: bool, seed: int) -> Path:
    """In memory where there is some to spare: thousands of commits would wait for the disk."""
    say("writing a home of 50 models")
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None, prefix="keepsharp-pages-"))
    _leavings.append(folder)
    make_home(
        build_ports(Settings(home=folder / "home")),
        windows=12 if quick else 60,
        long_windows=60 if quick else 400,
        seed=seed,
    )
    forget_ports()
    return folder / "home"


_leavings: list[Path] = []


def tidy() -> None:
    """Remove the home that was written."""
    while _leavings:
        shutil.rmtree(_leavings.pop())
    _written.cache_clear()
