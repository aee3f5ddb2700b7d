"""How long a candidate may be on trial, in event time: labels may never come, and the world moves on."""

from __future__ import annotations

from datetime import timedelta

from flows.desk import Desk

SHORTEST = timedelta(days=28)
TIMES, WINDOWS = 3, 20
"""So many times as long as its rows take to arrive, by the pace of the latest windows."""


def trial_limit(desk: Desk) -> timedelta:
    """As the model file says (`promotion.shadow_expires`), or four weeks, or longer where traffic is that slow."""
    given = desk.spec.promotion.shadow_expires
    if given is not None and given.duration is not None:
        return given.duration
    windows = desk.ports.windows.page(desk.spec.model, WINDOWS)
    rows = sum(one.rows for one in windows)
    if not rows:
        return SHORTEST
    took = max(one.end for one in windows) - min(one.start for one in windows)
    return max(SHORTEST, TIMES * desk.spec.shadow_rows * took / rows)
