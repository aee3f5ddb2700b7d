"""Gather what was last heard of a model, and raise an alert where it has been silent for too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import attrgetter

from croniter import croniter

from flows.desk import Desk
from flows.notifying import raise_alerts
from infra.domain.decisions import Champion
from monitoring.silence import Sounds, judge_silence

NEWEST_ROWS = 2_000
NEWEST_LABELS = 200
NEWEST_WINDOWS = 200
LEAST_GRACE = timedelta(hours=1)
"""A schedule is asked whenever a window is measured, so that two windows or this long pass before it counts as
stopped."""


def watch_silence(desk: Desk, *, now: datetime) -> None:
    """Judge the silence of one model at event time `now`."""
    raise_alerts(desk, judge_silence(_listen(desk, now), desk.spec, now=now), at=now)


def _listen(desk: Desk, now: datetime) -> Sounds:
    model, predictions, labels = desk.spec.model, desk.ports.predictions, desk.ports.labels
    span = predictions.time_range(model)
    times = predictions.times_after(model, max(0, predictions.last_seq(model) - NEWEST_ROWS), NEWEST_ROWS)
    champion = desk.ports.versions.champion(model)
    labelled = labels.moments(model, max(0, labels.last_place(model) - NEWEST_LABELS), NEWEST_LABELS)
    newest = max(labelled, key=attrgetter("predicted_at"), default=None)
    return Sounds(
        times=sorted({*times, *(span[1:] if span else ())}),
        spans=desk.ports.windows.spans(model, NEWEST_WINDOWS),
        last_label=max((one.labelled_at for one in labelled), default=None),
        rows_since_label=predictions.count_after(model, 0 if newest is None else newest.seq),
        champion=champion,
        rows_since_champion=0 if champion is None else predictions.count_after(model, champion.since_seq),
        schedule_due=None if champion is None else _missed(desk, champion, now),
    )


def _missed(desk: Desk, champion: Champion, now: datetime) -> datetime | None:
    """When the schedule was due after the last trigger, if that is long over."""
    cron, triggers = desk.spec.retraining.schedule, desk.ports.triggers.page(desk.spec.model, 1)
    if cron is None:
        return None
    last = max([champion.since, *(one.last_look_at for one in triggers)])
    due: datetime = croniter(cron, last).get_next(datetime)
    window = desk.ports.windows.last(desk.spec.model)
    grace = max(LEAST_GRACE, 2 * (window.end - window.start) if window else LEAST_GRACE)
    return due if due + grace < now else None
