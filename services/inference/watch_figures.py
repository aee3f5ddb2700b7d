"""What the gauges of watching show, read from the database. It knows no Prometheus."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from infra.domain.errors import SpecError
from infra.domain.windows import Window
from infra.ports import Ports, RegisteredModel
from infra.spec.registered import spec_as_registered
from monitoring.coverage import monitoring_coverage
from monitoring.silence import SILENT_AFTER
from monitoring.windowing import labels_due
from services.inference.watch_metrics import Watched

NEWEST_WINDOWS = 50
NEWEST_NOTICES = 1_000


def read_watched(ports: Ports, *, now: datetime) -> Watched:
    """Of all models, as it stands at `now`.

    Raises:
        Unavailable: the database is away.
    """
    models = ports.models.all()
    names, heartbeats = [model.name for model in models], ports.heartbeats.all()
    windows = {name: ports.windows.page(name, NEWEST_WINDOWS) for name in names}
    coverage: dict[str, float] = {}
    models_watched: float | None = None
    for model in models:
        covered = monitoring_coverage(
            model.name,
            names,
            heartbeats,
            windows[model.name],
            now=now,
            silent_after=SILENT_AFTER,
            due=partial(_is_due, ports=ports, model=model, now=now),
        )
        models_watched = covered.models
        if covered.windows is not None:
            coverage[model.name] = covered.windows
    return Watched(
        alerts=ports.alerts.unresolved(),
        notices=ports.outbox.page(None, NEWEST_NOTICES),
        heartbeats=heartbeats,
        windows=windows,
        coverage=coverage,
        models_watched=models_watched,
    )


def _is_due(window: Window, *, ports: Ports, model: RegisteredModel, now: datetime) -> bool:
    """A model file that cannot be read any more keeps its windows from being judged, which counts against them."""
    if window.state == "final":
        return True
    try:
        spec = spec_as_registered(model.spec_yaml, model.name)
    except SpecError:
        return True
    arrived_after = ports.predictions.count_after(window.model, window.last_seq)
    return labels_due(window, spec, now=now, arrived_after=arrived_after)
