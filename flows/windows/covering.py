"""How much of one model's windows, and of all models, was looked at in time: gathered for whoever asks."""

from __future__ import annotations

from datetime import datetime

from flows.desk import Desk, wall_clock
from infra.domain.windows import Window
from monitoring.coverage import Coverage, monitoring_coverage
from monitoring.silence import SILENT_AFTER
from monitoring.windowing import labels_due

NEWEST_WINDOWS = 200


def coverage_of(desk: Desk, *, now: datetime) -> Coverage:
    """The coverage of monitoring, with the windows whose labels are due at event time `now`."""
    ports, model = desk.ports, desk.spec.model

    def due(window: Window) -> bool:
        arrived_after = ports.predictions.count_after(model, window.last_seq)
        return labels_due(window, desk.spec, now=now, arrived_after=arrived_after)

    return monitoring_coverage(
        model,
        [one.name for one in ports.models.all()],
        ports.heartbeats.all(),
        ports.windows.page(model, NEWEST_WINDOWS),
        now=wall_clock(),  # of signs of life
        silent_after=SILENT_AFTER,
        due=due,
    )
