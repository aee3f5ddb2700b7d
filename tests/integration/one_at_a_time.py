"""Real processes that retrain one model at once, are killed, and are paused: forked from one that has imported it all.

Run as a script with a folder and, for PostgreSQL, a database URL; prints what came of it as one JSON object.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import torch

from benchmarks.decisions.children import Child, Tell
from flows.desk import Desk, wall_clock
from flows.retraining.pending import answer_pending
from flows.retraining.recovering import recover
from flows.retraining.retrain import train_first
from flows.training.fitting import Epoch
from infra.domain.errors import Refused
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.builders import FAST, KINDS, MODEL, Loop, minute, spec, stream, trigger

AWAY = "http://127.0.0.1:9"
KILLED_IN_EPOCH = (1, 5)
RACERS = 10
ROWS, LABELLED = 300, 500


@dataclass(frozen=True)
class Place:
    """One installation."""

    home: Path
    database: str

    def desk(self, on_epoch: Callable[[Epoch], None] = lambda _: None, hours_later: float = 0.0) -> Desk:
        forget_ports()  # a connection that was forked is nobody's
        ports = build_ports(Settings(home=self.home, database_url=self.database, mlflow_uri=AWAY))
        later = timedelta(hours=hours_later)
        return Desk(
            spec=spec(learner=FAST),
            folder=self.home,
            ports=ports,
            on_epoch=on_epoch,
            clock=lambda: wall_clock() + later,
        )


def begun(place: Place) -> datetime:
    """A champion, and labels that came since; the moment of the last."""
    made = stream(ROWS + LABELLED, change=ROWS)
    desk = place.desk()
    train_first(desk, made.examples(ROWS), KINDS, now=minute(ROWS - 1))
    loop = Loop(desk=desk, stream=made, sent=ROWS)
    loop.label(loop.serve(LABELLED))
    return loop.now


def retraining(place: Place, now: datetime, hold_at: int | None = None, hours_later: float = 0.0) -> Child:
    """Answers what waits; tells of each epoch, and waits in one of them for whatever is done to it."""

    def work(tell: Tell) -> str:
        def on_epoch(epoch: Epoch) -> None:
            tell(f"epoch {epoch.number}")
            if epoch.number == hold_at:
                os.kill(os.getpid(), signal.SIGSTOP)

        outcome = answer_pending(place.desk(on_epoch, hours_later), now=now)
        return "nothing" if outcome is None else f"{outcome.decision.kind} {outcome.decision.version}"

    return Child(work)


def story(place: Place) -> dict[str, object]:
    """What the database says in the end."""
    desk = place.desk()
    champion = desk.ports.versions.champion(MODEL)
    assert champion is not None
    runs = [run for run in desk.ports.runs.page(MODEL, 50) if run.version != 1]
    return {
        "champion": champion.version,
        "sha256": champion.sha256,
        "versions": [one.version for one in desk.ports.versions.all(MODEL)],
        "decisions": [one.kind for one in desk.ports.decisions.page(MODEL, 50)],
        "runs": [run.state for run in runs],
        "crashes": [(run.metrics or {}).get("crashes", 0) for run in runs],
        "segments": [_segments(desk, run.id) for run in runs],
        "triggers": [one.state for one in desk.ports.triggers.page(MODEL, 50) if one.source != "first"],
        "checkpoints": (desk.ports.artifacts / "checkpoints" / MODEL).exists(),
    }


def _segments(desk: Desk, run_id: str) -> int:
    """How many processes spent seconds on the run."""
    entries = desk.ports.costs.of_run(run_id)
    return len({entry.id.rsplit(":", 1)[1] for entry in entries if entry.unit == "cpu_second"})


def undisturbed(place: Place, now: datetime) -> dict[str, object]:
    place.desk().ports.triggers.save(trigger(at=now))
    return {"said": retraining(place, now).end(), **story(place)}


def killed(place: Place, now: datetime, epoch: int) -> dict[str, object]:
    """Killed in that epoch, seen by a look, and answered again by a process of later."""
    place.desk().ports.triggers.save(trigger(at=now))
    child = retraining(place, now, hold_at=epoch)
    child.until(f"epoch {epoch}")
    child.end(signal.SIGKILL)
    recover(place.desk())
    between = story(place)
    again = retraining(place, now + timedelta(minutes=7))
    first = again.line()
    return {"between": between, "first": first, "said": again.end(), **story(place)}


def paused(place: Place, now: datetime, epoch: int = 2) -> dict[str, object]:
    """Paused in an epoch until its lease is over and another has answered, and then woken."""
    place.desk().ports.triggers.save(trigger(at=now))
    child = retraining(place, now, hold_at=epoch)
    child.until(f"epoch {epoch}")
    early = retraining(place, now).end()
    late = retraining(place, now, hours_later=1).end()
    before = story(place)
    woken = child.end(signal.SIGCONT)
    return {"early": early, "late": late, "woken": woken, "before": before, "after": story(place)}


def raced(place: Place, now: datetime) -> dict[str, object]:
    """Each has its own wish, and all answer what waits at the same moment."""
    gate_out, gate_in = os.pipe()

    def work_of(number: int) -> Callable[[Tell], str]:
        def work(tell: Tell) -> str:
            os.close(gate_in)
            desk = place.desk()
            desk.ports.triggers.save(replace(trigger(f"wish {number}", at=now), source="person"))
            tell("ready")
            os.read(gate_out, 1)
            try:
                outcome = answer_pending(desk, now=now)
            except Refused:
                return "refused"
            return "nothing" if outcome is None else "trained"

        return work

    children = [Child(work_of(number)) for number in range(RACERS)]
    for child in children:
        child.until("ready")
    os.close(gate_in)  # all of them read its end
    said = sorted(child.end() for child in children)
    return {"said": said, **story(place)}


def main() -> None:
    torch.set_num_threads(1)  # the threads of a parent are not its forked children's: they would wait for them
    folder, database = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    found: dict[str, object] = {}
    if database:
        place = Place(folder / "home", database)
        now = begun(place)
        found["raced"] = raced(place, now)
    else:
        first = Place(folder / "home", "")
        now = begun(first)
        forget_ports()

        def copy(name: str) -> Place:
            return Place(Path(shutil.copytree(first.home, folder / name)), "")

        found["undisturbed"] = undisturbed(copy("undisturbed"), now)
        found["killed"] = [killed(copy(f"killed-{epoch}"), now, epoch) for epoch in KILLED_IN_EPOCH]
        found["paused"] = paused(copy("paused"), now)
        found["raced"] = raced(copy("raced"), now)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
