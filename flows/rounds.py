"""A round of looks: each model under a lock of its own, so that rounds may overlap, here and on other machines.

A round passes over a model that another one looks at, or has looked at since this one began: a look that takes long
holds up nobody else, and rounds that overlap share the work. It knows no orchestrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from flows.desk import Desk
from flows.holding import Hold, held, if_free
from flows.monitor import monitor
from flows.retraining.retrying import due
from flows.trial.mirroring import mirror_champion
from flows.trial.watching import WatchResult, watch_and_act
from flows.windows.pages import pages_afterwards
from flows.windows.references import References
from infra.domain.alerts import Heartbeat, Trigger
from infra.domain.errors import Refused
from infra.ports import Heartbeats
from monitoring.silence import MONITOR

LOOKS_AT_ONCE = 4
"""Threads of one round."""
LOOKED_AT_BY_ANOTHER = "looked at by another round"
TO_BE_TRAINED = "a training waits"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What came of one model's turn: in a word, with what was decided about its probation, or why it failed."""

    model: str
    word: str = ""
    watched: WatchResult | None = None
    problem: Exception | None = None

    @property
    def waits(self) -> bool:
        """Whether a training waits."""
        return self.word == TO_BE_TRAINED


def look_at_all(
    models: Sequence[str], open_desk: Callable[[str], Desk], *, now: datetime, begun: datetime
) -> Iterator[Looked]:
    """Each model's turn, in this order, some at once; what came of each as soon as it is over.

    Whatever one fails of is its own: it is told, and the others have their turns. Looks are at event time `now`;
    `begun` is when the round began by the clock of the desks.
    """

    def turn(model: str) -> Looked:
        try:
            return look_at(open_desk(model), now=now, begun=begun)
        except Exception as problem:  # noqa: BLE001  told by who asked
            return Looked(model=model, problem=problem)

    with ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="look") as pool:
        for done in as_completed([pool.submit(turn, model) for model in models]):
            yield done.result()


def look_at(desk: Desk, *, now: datetime, begun: datetime) -> Looked:
    """One look, probation where nothing waits to be trained, and then a sign of life."""
    model = desk.spec.model
    with if_free(looking(desk)) as hold:
        if isinstance(hold, Refused) or _was_looked_at(desk, begun):
            return Looked(model=model, word=LOOKED_AT_BY_ANOTHER)
        with pages_afterwards(desk, now=now) as press:
            monitor(desk, References(desk), press, now=now)
        mirror_champion(desk)
        watched = None if waiting(desk) else watch_and_act(desk, now=now)
        beat(desk.ports.heartbeats, model, None, at=desk.clock())
    return Looked(model=model, word=TO_BE_TRAINED if watched is None else watched.word, watched=watched)


def looking(desk: Desk) -> AbstractContextManager[Hold]:
    """The lease of whoever looks at the model, beside that of whoever trains it; no model can have its name.

    Raises:
        Refused: somebody else looks at it.
    """
    return held(desk.ports.leases, f"{desk.spec.model}:look", "look", desk.clock)


def waiting(desk: Desk) -> list[Trigger]:
    """Triggers that a training would answer now, and wishes that are to be weighed."""
    return [*due(desk), *desk.ports.triggers.in_state(desk.spec.model, "requested")]


def beat(heartbeats: Heartbeats, model: str, problem: Exception | None, *, at: datetime) -> None:
    """A sign of life, on the wall clock whatever moment was looked at: the service misses it where it stays out."""
    words = f"{type(problem).__name__}: {problem}" if problem is not None else ""
    heartbeats.beat(Heartbeat(name=MONITOR, model=model, at=at, ok=problem is None, message=words))


def _was_looked_at(desk: Desk, begun: datetime) -> bool:
    last = desk.ports.heartbeats.last(MONITOR, desk.spec.model)
    return last is not None and last.ok and last.at >= begun
