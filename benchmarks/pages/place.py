"""Where the pages are measured: a home and the service on it, made once a run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    """The address of the service on a home of its own, and the home's ports; all parts of a run share them."""
    yield _served(asked.quick, asked.seed)


@lru_cache(maxsize=1)
def _served(quick: bool, seed: int) -> tuple[str, Ports]:
    home, port = _written(quick, seed), free_port()
    settings = {"KEEPSHARP_HOME": str(home), "KEEPSHARP_TARGETS": "{}", "OMP_NUM_THREADS": "1"}
    log = _leavings.enter_context((home.parent / "service.log").open("ab"))
    service = _leavings.enter_context(Child("service", api_command(port), environment=settings, output=log))
    await_answer(service, f"{address(port)}/readyz", START_SECONDS)
    _leavings.callback(forget_ports)
    return address(port), build_ports(Settings(home=home))


def _written(quick: bool, seed: int) -> Path:
    """In memory where there is some to spare: thousands of commits would wait for the disk."""
    say("writing a home of 50 models")
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None, prefix="keepsharp-pages-"))
    _leavings.callback(shutil.rmtree, folder)
    make_home(
        build_ports(Settings(home=folder / "home")),
        windows=12 if quick else 60,
        long_windows=60 if quick else 400,
        seed=seed,
    )
    forget_ports()
    return folder / "home"


_leavings = ExitStack()


def tidy() -> None:
    """End the service, and remove the home that was written."""
    _leavings.close()
    _served.cache_clear()
