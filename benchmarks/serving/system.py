"""One system of the benchmark, from start to end: started, proved to serve the same network, paused between turns.

It knows no system in particular; `systems` lists them.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import psutil

from benchmarks.serving.dialects import Dialect
from benchmarks.serving.network import expected_classes, make_rows
from infra.domain.errors import Unavailable
from infra.installation import LOOPBACK, free_port
from infra.model.bundle import ModelBundle
from infra.processes import Child

ROOT = Path(__file__).parents[2]
SIZES = (1, 100)
CONCURRENCIES = (1, 16, 64)
_LOG = "server.log"
_START_SECONDS = 240.0
_POLL_SECONDS = 0.1
_LAST_WORDS = 300
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where one system may put things, what it serves, and what has to be closed when it ended."""

    folder: Path
    peers: Path
    """Where the environments of the peers are."""
    weights: Path
    """The network for servers that know nothing of keepsharp."""
    bundle: ModelBundle
    port: int
    closing: ExitStack


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How a prepared system is started.

    `stored` counts the answers it has kept, where it keeps any; `complaint` says what it failed to do beside
    answering, or None.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stored: Callable[[], int] | None = None
    complaint: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """A system as the table names it. `prepare` raises Unavailable when it cannot be run here."""

    key: str
    title: str
    stores: str
    """What has happened to an answer when it leaves."""
    path: str
    dialect: Dialect | None
    """None: the answer says nothing about the rows."""
    prepare: Callable[[Place], Launch]
    sizes: Sequence[int] = SIZES
    concurrencies: Sequence[int] = CONCURRENCIES
    times_as_long: int = 1
    """Rounds of a system that answers seldom last this many times as long."""
    takes_ids: bool = False


class Running:
    """A started system. Paused, its processes take no processor time; its memory stays."""

    def __init__(self, system: System, launch: Launch, child: Child, url: str) -> None:
        self.system, self.url = system, url
        self._launch, self._child = launch, child
        self.peak_bytes = 0

    @property
    def stored(self) -> int | None:
        """Answers it has kept so far; None when it keeps none."""
        return None if self._launch.stored is None else self._launch.stored()

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return None if self._child.running else self._child.wait()

    @property
    def complaint(self) -> str | None:
        """What it failed to do so far beside answering."""
        return self._launch.complaint()

    def look(self) -> None:
        """Note the resident memory of all its processes, if it was never larger."""
        seen = 0
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                seen += process.memory_info().rss
        self.peak_bytes = max(self.peak_bytes, seen)

    def pause(self) -> None:
        """Stop its processes where they are."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        """Let them go on."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _processes(self) -> list[psutil.Process]:
        """All but the guard that ends them with us."""
        try:
            return list(psutil.Process(self._child.pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []


@contextmanager
def started(system: System, folder: Path, peers: Path, weights: Path, bundle: ModelBundle) -> Iterator[Running]:
    """Prepare and start the system, without waiting for it; end it with all its processes.

    Raises:
        Unavailable: it cannot be prepared; the message says why.
    """
    folder.mkdir()
    with ExitStack() as stack:
        place = Place(folder=folder, peers=peers, weights=weights, bundle=bundle, port=free_port(), closing=stack)
        launch = system.prepare(place)
        output = stack.enter_context((folder / _LOG).open("wb"))
        environment = {"PYTHONPATH": str(ROOT), **launch.environment}
        child = Child(system.title, launch.command, environment=environment, folder=ROOT, output=output)
        stack.enter_context(child)
        running = Running(system, launch, child, f"http://{LOOPBACK}:{place.port}{system.path}")
        stack.callback(running.resume)  # what is stopped cannot end
        yield running


def prove(running: Running, folder: Path, bundle: ModelBundle) -> None:
    """Wait until the system in `folder` answers, and require the network's own classes for every size it is asked.

    Raises:
        Unavailable: it does not start, or serves another network; with the last it said.
    """
    dialect = running.system.dialect
    try:
        for size in running.system.sizes:
            rows = make_rows(size)
            answer = _ask(running, dialect.write(rows) if dialect else b"{}")
            if dialect is not None and (found := dialect.read(answer)) != expected_classes(bundle, rows):
                raise Unavailable(f"it answers {size} rows with {found[:3]}…, not as the network does")
    except Unavailable as error:
        said = (folder / _LOG).read_text(errors="replace").strip()[-_LAST_WORDS:]
        raise Unavailable(f"{error}; it said last: {said!r}") from error
    running.look()


def _ask(running: Running, body: bytes) -> object:
    """The JSON of the first answer with status 200."""
    request = urllib.request.Request(running.url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own URL
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with _DIRECTLY.open(request, timeout=30) as response:
                return orjson.loads(response.read())
        except (urllib.error.URLError, OSError) as error:
            if (status := running.status) is not None:
                raise Unavailable(f"it ended with status {status} before it answered") from error
            if time.monotonic() > until:
                raise Unavailable(f"it did not answer within {_START_SECONDS:g} s ({error})") from error
        time.sleep(_POLL_SECONDS)
