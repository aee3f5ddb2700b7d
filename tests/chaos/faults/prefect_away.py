"""Prefect's server away by itself: paused, so that it takes connections and answers none, or killed and started again.

Looks stop, since Prefect starts them. Once it is back the next look has to come, and a retraining that was asked for
meanwhile has to be answered, without anybody's help.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from infra.installation import address, flows_command, free_port, prefect_command, shared_environment
from infra.ports import Ports
from infra.processes import Child, await_answer
from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from infra.wishing import wish_by_hand
from monitoring.silence import MONITOR
from tests.chaos.ground import Ground
from tests.chaos.server import until
from tests.chaos.toll import Toll, late
from tests.soak.place import MODEL, make_home

LOOK_SECONDS = 60.0
"""A look is due so often; a minute more is what the promise gives."""
_START_SECONDS, _ANSWER_SECONDS = 180.0, 240.0


class _Prefect:
    """Its server, which can be gone; use it in no more than one process."""

    def __init__(self, settings: Settings, log: Path) -> None:
        port = free_port()
        self.environment = shared_environment(settings, port)
        self._command, self._url, self._log = prefect_command(port), address(port), log
        self._child = self._start()

    def pause(self, seconds: float) -> None:
        """It takes connections and answers none."""
        family = self._family()
        for process in family:
            process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        for process in family:
            process.send_signal(signal.SIGCONT)

    def kill(self, seconds: float) -> None:
        """It refuses connections, and is started again by whoever started it."""
        for process in self._family():
            process.kill()
        self._child.stop()
        time.sleep(seconds)
        self._child = self._start()

    def stop(self) -> None:
        """For good."""
        self._child.stop()

    def _start(self) -> Child:
        with self._log.open("ab") as output:
            child = Child("prefect", self._command, environment=self.environment, output=output)
        await_answer(child, f"{self._url}/api/health", _START_SECONDS)
        return child

    def _family(self) -> list[psutil.Process]:
        """Without the guard, which would end in our place."""
        found: list[psutil.Process] = psutil.Process(self._child.pid).children(recursive=True)
        return found


def run(ground: Ground) -> Iterator[Toll]:
    """On each database of keepsharp; Prefect's own is SQLite, as in `keepsharp up`."""
    for database in ground.databases:
        began, minutes, settings = time.monotonic(), ground.effort.outage_minutes, ground.home(database)
        settings = make_home(settings.home, settings.database_url)
        log, trials = ground.folder / f"prefect-{database}.log", max(2, ground.effort.long_trials)
        prefect = _Prefect(settings, log)
        try:
            with (
                log.open("ab") as output,
                Child("flows", flows_command(), environment=prefect.environment, output=output),
            ):
                looked, losses = _try(prefect, build_ports(settings), trials, 60 * minutes)
        finally:
            prefect.stop()
            forget_ports()
        yield Toll(
            fault="prefect_away",
            database=database,
            trials=trials,
            recovered_seconds=max(looked),
            seconds=time.monotonic() - began,
            losses=tuple(losses),
            note=f"{minutes:g} minutes each, silent and refusing by turns; a look is due every {LOOK_SECONDS:g} s",
        )


def _try(prefect: _Prefect, outside: Ports, trials: int, seconds: float) -> tuple[list[float], list[str]]:
    """Seconds until a look after each outage, and what was not as promised."""
    looked: list[float] = []
    losses = late("the first look", _await_look(outside), _ANSWER_SECONDS)
    for trial in range(trials):
        now = datetime.now(UTC)
        away = prefect.kill if trial % 2 else prefect.pause
        wish_by_hand(outside, MODEL, trigger_id=f"away-{trial}", reason="chaos", how="warm", actor="chaos", at=now)
        away(seconds)
        looked.append(_await_look(outside))
        losses += late(f"a look after outage {trial}", looked[-1], 2 * LOOK_SECONDS)
        losses += late(f"answering the wish of outage {trial}", _await_answered(outside), _ANSWER_SECONDS)
    return looked, losses


def _await_look(outside: Ports) -> float:
    since = datetime.now(UTC)
    return until(
        _ANSWER_SECONDS, lambda: any(one.name == MONITOR and one.at > since for one in outside.heartbeats.all())
    )


def _await_answered(outside: Ports) -> float:
    """Until no wish waits or is being answered."""
    return until(
        _ANSWER_SECONDS + 1,
        lambda: not any(outside.triggers.in_state(MODEL, state) for state in ("requested", "accepted")),
    )
