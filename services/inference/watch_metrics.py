"""Prometheus gauges of what is watched: alerts, the newest windows, notices, signs of life.

They are replaced as a whole whenever they are asked for. What is not known is left out, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from infra.domain.alerts import Alert, Heartbeat, Notice, NoticeState
from infra.domain.windows import PerformanceReport, Window

_NOTICE_STATES: tuple[NoticeState, ...] = ("waiting", "failed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """Everything that the gauges show, of all models. `windows` has each model's newest, newest first."""

    alerts: Sequence[Alert]
    notices: Sequence[Notice]
    heartbeats: Sequence[Heartbeat]
    windows: Mapping[str, Sequence[Window]]
    coverage: Mapping[str, float]
    """By model: the share of its recent windows that were judged in time, where there were any."""
    models_watched: float | None
    """The share of the models that a monitor looked at in time."""


class WatchMetrics:
    """The gauges of one app, in its registry."""

    def __init__(self, into: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"keepsharp_{name}", text, labels, registry=into)

        self._alerts = gauge("alerts", "Alerts that are not resolved.", "model", "rule", "severity", "state")
        self._value = gauge("window_performance", "Of the newest window that has it.", "model", "metric", "kind")
        self._low = gauge("window_performance_low", "Its lower bound.", "model", "metric", "kind")
        self._high = gauge("window_performance_high", "Its upper bound.", "model", "metric", "kind")
        self._end = gauge("window_end_timestamp_seconds", "Event time of its end.", "model", "kind")
        self._drifted = gauge("window_drifted_share", "Weighed share of the inputs that drifted.", "model")
        self._coverage = gauge("window_label_coverage", "Labelled share of the newest measured window.", "model")
        self._delay = gauge("window_label_delay_seconds", "From prediction to label.", "model", "quantile")
        self._judged = gauge("monitoring_coverage", "Share of the recent windows judged in time.", "model")
        self._watched = gauge("models_watched", "Share of the models that a monitor looked at in time.")
        self._notices = gauge("notices", "Notices that are not delivered.", "target", "state")
        self._beat = gauge("heartbeat_timestamp_seconds", "When it last ran.", "name", "model")
        self._beat_ok = gauge("heartbeat_ok", "1 when it did not fail.", "name", "model")
        self._known = gauge("database_answers", "1 when the figures beside this one are known.")

    def show(self, watched: Watched | None) -> None:
        """Replace all of them; None: the database is away, and nothing is known."""
        for gauge in vars(self).values():
            gauge.clear()
        self._known.set(0 if watched is None else 1)
        self._watched.set(float("nan"))  # a gauge without labels cannot be left out
        if watched is None:
            return
        if watched.models_watched is not None:
            self._watched.set(watched.models_watched)
        for alert in watched.alerts:
            self._alerts.labels(alert.model, alert.rule, alert.severity, alert.state).inc()
        for model, share in watched.coverage.items():
            self._judged.labels(model).set(share)
        for model, windows in watched.windows.items():
            self._show_windows(model, windows)
        self._show_delivery(watched.notices, watched.heartbeats)

    def _show_windows(self, model: str, windows: Sequence[Window]) -> None:
        if windows:
            self._end.labels(model, "closed").set(_seconds(windows[0].end))
        drifted = next((window.drift for window in windows if window.drift is not None), None)
        if drifted is not None:
            self._drifted.labels(model).set(drifted.drifted_share)
        for kind in ("measured", "estimated"):
            found = next(((one, report) for one in windows if (report := _report(one, kind)) is not None), None)
            if found is not None:
                self._show_report(model, *found)
        delays = next((one.feedback for one in windows if one.feedback is not None), None)
        if delays is not None:
            for quantile, seconds in (("0.5", delays.delay_median_seconds), ("0.9", delays.delay_p90_seconds)):
                if seconds is not None:
                    self._delay.labels(model, quantile).set(seconds)

    def _show_report(self, model: str, window: Window, report: PerformanceReport) -> None:
        for gauge, figure in ((self._value, report.value), (self._low, report.low), (self._high, report.high)):
            gauge.labels(model, report.metric, report.kind).set(figure)
        self._end.labels(model, report.kind).set(_seconds(window.end))
        if report.kind == "measured" and report.rows:
            self._coverage.labels(model).set(report.labelled / report.rows)

    def _show_delivery(self, notices: Sequence[Notice], heartbeats: Sequence[Heartbeat]) -> None:
        counts = Counter((notice.target, notice.state) for notice in notices)
        for target in {notice.target for notice in notices}:
            for state in _NOTICE_STATES:
                self._notices.labels(target, state).set(counts[target, state])
        for beat in heartbeats:
            self._beat.labels(beat.name, beat.model).set(_seconds(beat.at))
            self._beat_ok.labels(beat.name, beat.model).set(1 if beat.ok else 0)


def _report(window: Window, kind: str) -> PerformanceReport | None:
    return window.performance if kind == "measured" else window.estimate


def _seconds(at: datetime) -> float:
    return at.timestamp()
