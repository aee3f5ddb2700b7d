"""Everything killed at once: API, flows with whatever they are at, MLflow, Prefect, and the database's server.

`keepsharp up` runs under load with retrainings asked for all the time. It is started again as an init system would;
then it has to answer, look at its models, and end what was under way, without anybody's help.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from infra.domain.errors import KeepsharpError
from infra.installation import address
from infra.ports import Ports
from infra.settings import Settings
from infra.verifying import verify_record
from infra.wiring import build_ports, forget_ports
from monitoring.silence import MONITOR
from tests.chaos.ground import Ground
from tests.chaos.server import until
from tests.chaos.toll import Toll, late
from tests.soak.counting import count_kept
from tests.soak.place import MODEL, Running, free_ports, make_home, service_up
from tests.soak.traffic import Load, Sent, name_of, send

LOOK_SECONDS = 60.0
"""A look is due so often; a minute more is what the promise gives."""
_PATIENCE_SECONDS = 400.0


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What came of the kills."""

    problems: list[str] = field(default_factory=list)
    looked_after: list[float] = field(default_factory=list)
    """Seconds from the moment that it answered again until a look had ended."""


def run(ground: Ground) -> Iterator[Toll]:
    """On each database."""
    for database in ground.databases:
        began = time.monotonic()
        settings = ground.home(database)
        settings = make_home(settings.home, settings.database_url)
        killed, sent = _under_load(ground, settings, database)
        kept = _count(settings, sent)
        yield Toll(
            fault="everything",
            database=database,
            trials=ground.effort.long_trials,
            acknowledged=len(sent.predicted) + len(sent.labelled),
            recovered_seconds=max(killed.looked_after, default=None),
            seconds=time.monotonic() - began,
            losses=(*killed.problems, *sent.problems, *kept),
            note=f"a look is due every {LOOK_SECONDS:g} s",
        )


def _under_load(ground: Ground, settings: Settings, database: str) -> tuple[Killed, Sent]:
    ports, log = free_ports(), ground.folder / f"everything-{database}.log"
    load = Load(
        seconds=36_000,
        per_second=20,
        turn_every_seconds=120,
        retrain_every_seconds=15,
        patience_seconds=_PATIENCE_SECONDS,
    )
    killed, drawing, over, found = Killed(), random.Random(ground.seed), threading.Event(), [Sent()]
    sending = threading.Thread(
        target=lambda: found.append(asyncio.run(send(address(ports.api), load, over.is_set))), name="load"
    )
    outside = build_ports(settings)
    for trial in range(ground.effort.long_trials + 1):
        with service_up(settings, ports, log) as running:
            if trial:
                _await_look(outside, killed)
            else:
                sending.start()
            if trial < ground.effort.long_trials:
                time.sleep(drawing.uniform(5.0, 45.0))
                with _server_killed(ground, database):
                    _kill(running)
            else:
                over.set()
                sending.join(_PATIENCE_SECONDS)
                killed.problems.extend(_left_undone(outside))
    return killed, found[-1]


def _kill(running: Running) -> None:
    """All of it, the guards that would end it in order included."""
    guard = psutil.Process(running.child.pid)
    family = [guard, *guard.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=30)


@contextmanager
def _server_killed(ground: Ground, database: str) -> Iterator[None]:
    """A server of the database dies in the same moment, and is started again after the block."""
    if database == "postgresql":
        ground.server().kill()
        yield
        ground.server().start()
    else:
        yield


def _await_look(outside: Ports, killed: Killed) -> None:
    answers = datetime.now(UTC)

    def looked() -> bool:
        return any(one.name == MONITOR and one.at > answers for one in outside.heartbeats.all())

    took = until(4 * LOOK_SECONDS, looked)
    killed.looked_after.append(took)
    killed.problems.extend(late("a look after everything was started again", took, 2 * LOOK_SECONDS))


def _left_undone(outside: Ports) -> list[str]:
    """Retrainings that nobody takes up: the next looks must have ended them."""

    def answered() -> bool:
        waiting = [one for state in ("requested", "accepted") for one in outside.triggers.in_state(MODEL, state)]
        running = [one for one in outside.runs.page(MODEL, 1_000) if one.state in ("running", "crashed")]
        return not waiting and not running

    took = until(5 * LOOK_SECONDS, answered)
    return [] if took < 5 * LOOK_SECONDS else ["a retraining that was under way was never ended"]


def _count(settings: Settings, sent: Sent) -> list[str]:
    outside = build_ports(settings)
    predicted, labelled = [name_of(one) for one in sent.predicted], [name_of(one) for one in sent.labelled]
    kept = count_kept(outside, settings.database, predicted, labelled)
    problems = [f"{kept.lost} lost"] * bool(kept.lost) + [f"{kept.doubled} stored twice"] * bool(kept.doubled)
    try:
        if (broken := verify_record(outside, MODEL).broken) is not None:
            problems.append(f"the record of decisions is broken: {broken}")
    except KeepsharpError as error:
        problems.append(str(error))
    if kept.champions != 1:
        problems.append(f"{kept.champions} champions")
    forget_ports()
    return problems
