"""How much of what should be looked at was looked at: the coverage of the monitoring itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.domain.alerts import Heartbeat
from infra.domain.windows import Window
from monitoring.silence import MONITOR

DAY = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Shares in 0..1; None where there was nothing to look at."""

    models: float | None
    """Of the models, those that a monitor looked at in time and without failing."""
    windows: float | None
    """Of the windows of the last 24 hours, those that were judged as soon as their labels were due."""
    last_look: datetime | None
    """When this model was last looked at, failed or not; None: never."""


def monitoring_coverage(
    model: str,
    models: Sequence[str],
    heartbeats: Sequence[Heartbeat],
    windows: Sequence[Window],
    *,
    now: datetime,
    silent_after: timedelta,
    due: Callable[[Window], bool],
) -> Coverage:
    """The coverage over all `models`, and of the windows of `model`. `due` says whether a window's labels are due.

    The windows of the last 24 hours end at most that long before the newest of them: event time, not the clock.
    """
    beats = {one.model: one for one in heartbeats if one.name == MONITOR}
    seen = [name for name in models if name in beats and beats[name].ok and now - beats[name].at <= silent_after]
    newest = max((window.end for window in windows), default=None)
    recent = [window for window in windows if newest is not None and window.end > newest - DAY]
    judged = [window for window in recent if window.state == "final" or not due(window)]
    return Coverage(
        models=len(seen) / len(models) if models else None,
        windows=len(judged) / len(recent) if recent else None,
        last_look=beats[model].at if model in beats else None,
    )
