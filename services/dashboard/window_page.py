"""One window, read through the ports: what was compared and measured, what it set off, and its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.display.wording import Metric
from infra.domain.alerts import Alert
from infra.domain.errors import NotFound
from infra.domain.shapes import ColumnShape
from infra.domain.windows import ColumnDrift, Window
from infra.ports import Ports
from infra.shapes import read_shapes
from services.dashboard.model_file import metric_of, spec_of
from services.dashboard.queries import window_at

MOST_RECORDS = 200


@dataclass(frozen=True, kw_only=True)
class WindowStory:
    """Everything the page of a window shows."""

    window: Window
    newest: int
    """Index of the model's last window."""
    metric: Metric
    alerts: tuple[Alert, ...]
    """That name this window, or were opened while it lasted; newest first."""
    columns: tuple[ColumnDrift, ...]
    """The most drifting first."""
    chosen: ColumnDrift | None
    """The column whose distributions are shown."""
    shape: ColumnShape | None
    no_shape: str
    """Why there are no distributions, in words."""
    floor: float | None
    """`monitoring.drift_effect`: a smaller effect is never called drift."""
    accepted: float | None
    """What the version that answered was accepted at."""


def window_story(ports: Ports, name: str, index: int, feature: str) -> WindowStory:
    """The window; `feature` may be empty, then the most drifting column is chosen.

    Raises:
        NotFound: no such model, window or column.
    """
    model, window = ports.models.get(name), window_at(ports, name, index)
    spec, last = spec_of(model), ports.windows.glances(name, 1)
    columns = _ordered(window)
    chosen = _chosen(columns, feature, window)
    shape, no_shape = _shape(ports, window, chosen)
    metric = metric_of(model, [window])
    return WindowStory(
        window=window,
        newest=last[0].index if last else index,
        metric=metric,
        alerts=tuple(alert for alert in ports.alerts.page(name, MOST_RECORDS) if _concerns(alert, window)),
        columns=columns,
        chosen=chosen,
        shape=shape,
        no_shape=no_shape,
        floor=spec.monitoring.drift_effect if spec is not None else None,
        accepted=_accepted(ports, window, metric),
    )


def _ordered(window: Window) -> tuple[ColumnDrift, ...]:
    columns = window.drift.columns if window.drift is not None else ()
    return tuple(sorted(columns, key=lambda one: (not one.drifted, -one.effect, one.column)))


def _chosen(columns: Sequence[ColumnDrift], feature: str, window: Window) -> ColumnDrift | None:
    if not feature:
        return columns[0] if columns else None
    found = next((one for one in columns if one.column == feature), None)
    if found is None:
        raise NotFound(
            f"Column {feature[:80]!r} was not compared in window {window.index}: its page lists those that were"
        )
    return found


def _shape(ports: Ports, window: Window, chosen: ColumnDrift | None) -> tuple[ColumnShape | None, str]:
    if chosen is None:
        return None, ""
    try:
        shapes = read_shapes(ports.artifacts, window.model, window.index)
    except NotFound as error:
        return None, str(error)
    found = next((shape for shape in shapes if shape.column == chosen.column), None)
    return found, "" if found else f"What {chosen.column} looks like is not kept: it is no column of numbers or names."


def _concerns(alert: Alert, window: Window) -> bool:
    named = alert.evidence.get("window")
    return named == window.index if isinstance(named, int) else window.start < alert.opened_at <= window.end


def _accepted(ports: Ports, window: Window, metric: Metric) -> float | None:
    version, champion = max(window.versions, default=None), ports.versions.champion(window.model)
    if champion is not None and champion.version == version:
        return champion.accepted
    runs = ports.runs.page(window.model, MOST_RECORDS)
    return next(((run.metrics or {}).get(f"holdout_{metric}") for run in runs if run.version == version), None)
