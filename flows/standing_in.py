"""Looks that nobody makes: after a start, and while Prefect is away, which starts the others.

Beside whatever a process of the flows does, in a thread of its own. What is found waiting to be trained is left to the
next look that Prefect starts. It knows no orchestrator.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flows.desk import Desk, wall_clock
from flows.holding import held, if_free, is_held
from flows.keeping_on import keep_on
from flows.rounds import Looked, beat, look_at_all
from flows.turns import longest_unseen_first
from infra.domain.errors import Refused
from infra.ports import Ports
from monitoring.silence import MONITOR

_log = logging.getLogger(__name__)

STANDING_IN = ":standing-in"
"""The lease of whoever makes a look that was missed; no model can have this name."""
ASK_EVERY_SECONDS = 5.0
MISSED = 1.5
"""A look is missed once none has come for so many times the pause between two."""


def keep_standing_in(
    ports: Ports,
    open_desk: Callable[[str], Desk],
    lanes: Sequence[str],
    every: timedelta,
    afterwards: Callable[[], object],
    ask_every_seconds: float = ASK_EVERY_SECONDS,
) -> threading.Event:
    """Make each look that was missed, until the event that is returned is set or the process ends.

    Args:
        lanes: the leases of whoever is at a look that Prefect started.
        every: the pause between two looks.
        afterwards: what follows a round.
    """

    def look_if_missed() -> None:
        if found := stand_in(ports, open_desk, lanes, late_after=MISSED * every):
            _log.warning("a look was missed; models looked at here: %d", len(found))
            afterwards()

    failed = "a look that was missed could not be made; that is tried again"
    return keep_on(look_if_missed, name="standing in", every_seconds=ask_every_seconds, logger=_log, failed=failed)


def stand_in(
    ports: Ports,
    open_desk: Callable[[str], Desk],
    lanes: Sequence[str],
    *,
    late_after: timedelta,
    clock: Callable[[], datetime] = wall_clock,
) -> list[Looked]:
    """What came of each model's turn; nothing where no look is late, or somebody is at one.

    Where no model was ever looked at, their registration counts as a look.
    """
    now, models = clock(), ports.models.all()
    beats = [one for one in ports.heartbeats.all() if one.name == MONITOR]
    looked_at = [one.at for one in beats] or [one.registered_at for one in models]
    if now - max(looked_at, default=now) <= late_after:
        return []
    if any(is_held(ports.leases, lane, clock) for lane in lanes):
        return []
    with if_free(held(ports.leases, STANDING_IN, "standing in", clock)) as hold:
        if isinstance(hold, Refused):
            return []
        names = longest_unseen_first((one.name for one in models), beats, MONITOR)
        found = list(look_at_all(names, open_desk, now=now, begun=now))
    for looked in found:
        if looked.problem is not None:
            beat(ports.heartbeats, looked.model, looked.problem, at=clock())
    return found
