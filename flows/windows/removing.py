"""Predictions that are older than the model file keeps them go, a few at a time, so that nobody who predicts waits.

What a window that is not final, the newest window, or a probation still needs stays, however old it is. Windows,
decisions, costs and what was trained on are kept for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from flows.desk import Desk
from infra.domain.decisions import Champion
from infra.domain.windows import Window

BATCH = 500
"""Rows of one transaction."""
REST_SECONDS = 0.1
"""Between two transactions, for everybody else."""


def remove_old(desk: Desk, *, now: datetime, rest: Callable[[float], None] = time.sleep) -> int:
    """Remove what is too old at event time `now`; how many predictions went.

    Raises:
        Unavailable: the database is away or busy; what went before is gone, and the rest goes next time.
    """
    keep, model, ports = desk.spec.serving.keep, desk.spec.model, desk.ports
    if keep is None or keep.duration is None:
        return 0
    before, removed = now - keep.duration, 0
    through = decide_through(
        ports.windows.last(model), ports.windows.provisional(model), ports.versions.champion(model)
    )
    while gone := ports.predictions.remove_oldest(model, before=before, through_seq=through, limit=BATCH):
        removed += gone
        rest(REST_SECONDS)
    return removed


def decide_through(last: Window | None, provisional: list[Window], champion: Champion | None) -> int:
    """The last place in the order of arrival that nothing needs any more; 0: none."""
    if last is None:
        return 0
    needed = [window.first_seq for window in (last, *provisional)]
    if champion is not None and champion.probation_until_seq is not None:
        needed.append(champion.since_seq + 1)
    return min(needed) - 1
