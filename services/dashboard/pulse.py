"""What has changed since a moment ago: the database is looked at once for all open pages, and only while there are any.

A look gives each topic ("fleet", "model:press", "labels:press", "training:RUN") a mark; a topic has changed when its
mark has. It knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

import anyio
import structlog

from infra.domain.deeds import INSTALLATION
from infra.ports import Ports
from services.dashboard.training import growing

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
ALIVE_SECONDS = 15.0
MOST_LISTENERS = 500
Marks = Mapping[str, object]


def marks_of(ports: Ports) -> Marks:
    """The marks of the whole installation: a handful of reads however many models there are, no raw predictions."""
    of_models = ports.fleet.marks()
    marks = {f"model:{name}": mark for name, mark in of_models.items()}
    trainings = {f"training:{run}": mark for run, mark in growing(ports.artifacts).items()}
    alerts = tuple((one.id, one.state, one.updated_at) for one in ports.alerts.unresolved())
    labels = {f"labels:{name}": mark for name, mark in ports.fleet.label_marks().items()}
    installation = ports.deeds.head(INSTALLATION).place
    return {**marks, **labels, **trainings, "alerts": alerts, "installation": installation, "fleet": of_models}


class Pulse:
    """One look after another, told to everybody who listens. Belongs to one event loop."""

    def __init__(self, look: Callable[[], Marks], *, seconds: float = LOOK_SECONDS) -> None:
        """`look` may block: it runs on a thread."""
        self._look, self._seconds = look, seconds
        self._listeners: set[asyncio.Queue[frozenset[str] | None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def is_full(self) -> bool:
        """Whether no more pages are listened to."""
        return len(self._listeners) >= MOST_LISTENERS

    async def changes(self, alive_seconds: float = ALIVE_SECONDS) -> AsyncGenerator[frozenset[str], None]:
        """The topics that changed, each time some did; an empty set as a sign of life. Ends when `close` is called."""
        queue: asyncio.Queue[frozenset[str] | None] = asyncio.Queue()
        self._listeners.add(queue)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._go_on_looking())
        try:
            while True:
                try:
                    changed = await asyncio.wait_for(queue.get(), alive_seconds)
                except TimeoutError:
                    changed = frozenset()
                if changed is None:
                    return
                yield changed
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every stream: the service is leaving."""
        for queue in self._listeners:
            queue.put_nowait(None)

    async def _go_on_looking(self) -> None:
        before = await self._next_look()
        while self._listeners:
            await asyncio.sleep(self._seconds)
            now = await self._next_look()
            if now is None:
                continue
            if before is not None and (changed := changed_topics(before, now)):
                for queue in self._listeners:
                    queue.put_nowait(changed)
            before = now

    async def _next_look(self) -> Marks | None:
        """None while the database does not answer: said once, and tried again."""
        try:
            marks = await anyio.to_thread.run_sync(self._look)
        except Exception:
            if not self._failed:
                log.exception("what changed could not be looked up; open pages wait")
            self._failed = True
            return None
        self._failed = False
        return marks


def changed_topics(before: Marks, now: Marks) -> frozenset[str]:
    """Topics that are new, gone, or have another mark.

    >>> sorted(changed_topics({"a": 1, "b": 1}, {"a": 2, "c": 1}))
    ['a', 'b', 'c']
    """
    missing = object()
    return frozenset(topic for topic in {*before, *now} if before.get(topic, missing) != now.get(topic, missing))
