"""Prometheus metrics of one app, in its own registry. It knows names and labels, not where they are counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from infra.domain.predictions import Prediction
from services.inference.watch_metrics import WatchMetrics

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
_VERSION = ("model", "model_version")
_PART = ("model", "of")


@dataclass(frozen=True, kw_only=True, slots=True)
class OfVersion:
    """What is counted for each request of one version, looked up once."""

    predictions: Counter
    seconds: Histogram
    in_flight: Gauge


class Metrics:
    """All metrics of one app; two apps in one process share none."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        into = self.registry
        self.predictions = Counter("keepsharp_predictions", "Predictions answered and stored.", _VERSION, registry=into)
        self.seconds = Histogram(
            "keepsharp_prediction_seconds",
            "Seconds of one predictions request.",
            _VERSION,
            buckets=_SECONDS,
            registry=into,
        )
        self.in_flight = Gauge("keepsharp_in_flight", "Predictions requests being answered.", _VERSION, registry=into)
        self.refused_rows = Counter("keepsharp_refused_rows", "Rows that could not be used.", _PART, registry=into)
        self.unknown = Counter(
            "keepsharp_unknown_categories", "Values of a category the model has never seen.", _VERSION, registry=into
        )
        self.abstained = Counter(
            "keepsharp_abstained", "Answers that were too unsure to be acted on.", _VERSION, registry=into
        )
        self.labels = Counter("keepsharp_labels", "Labels by what became of them.", ("model", "outcome"), registry=into)
        self.commit_rows = Histogram(
            "keepsharp_commit_batch_size", "Predictions stored by one transaction.", buckets=_ROWS, registry=into
        )
        self.queue_depth = Gauge("keepsharp_log_queue_depth", "Predictions waiting to be stored.", registry=into)
        self.shadow_answers = Counter(
            "keepsharp_shadow_answers", "Rows shadowed, or skipped.", ("model", "role", "outcome"), registry=into
        )
        self.reloads = Counter(
            "keepsharp_reloads", "Versions taken over, and those that failed.", (*_VERSION, "outcome"), registry=into
        )
        self.serving = Gauge("keepsharp_serving", "1 for the version that answers now.", _VERSION, registry=into)
        self.watched = WatchMetrics(into)
        self.unstored = Counter(
            "keepsharp_unstored_predictions",
            "Answers of models with relaxed logging that could not be stored.",
            registry=into,
        )
        self.spill_bytes = Gauge("keepsharp_spill_bytes", "Bytes that wait for the database.", registry=into)
        self._of: dict[tuple[str, int], OfVersion] = {}

    def of(self, model: str, version: int) -> OfVersion:
        """The children of the hot metrics for one version."""
        found = self._of.get((model, version))
        if found is None:
            labels = (model, str(version))
            found = self._of[model, version] = OfVersion(
                predictions=self.predictions.labels(*labels),
                seconds=self.seconds.labels(*labels),
                in_flight=self.in_flight.labels(*labels),
            )
        return found

    def count_answers(self, answers: Sequence[Prediction]) -> None:
        """Note predictions that were answered, by the version that gave each."""
        of_version: dict[tuple[str, int], int] = {}
        for one in answers:
            key = (one.model, one.version)
            of_version[key] = of_version.get(key, 0) + 1
            if one.unknown_categories:
                self.unknown.labels(one.model, one.version).inc(len(one.unknown_categories))
            if one.abstained:
                self.abstained.labels(one.model, one.version).inc()
        for (model, version), count in of_version.items():
            self.of(model, version).predictions.inc(count)

    def watch_queue(self, depth: Callable[[], int]) -> None:
        """Read the queue's depth from the log whenever metrics are asked for."""
        self.queue_depth.set_function(depth)

    def now_serving(self, model: str, version: int, previous: int | None) -> None:
        """Note a swap."""
        self.reloads.labels(model, version, "loaded").inc()
        if previous is not None and previous != version:
            self.serving.labels(model, previous).set(0)
        self.serving.labels(model, version).set(1)
