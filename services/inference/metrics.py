"""Prometheus metrics of one app, in its own registry. It knows names and labels, not where they are counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from infra.domain.predictions import Prediction
from services.inference.hot_metrics import Counted, HotMetrics
from services.inference.watch_metrics import WatchMetrics

_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
_VERSION = ("model", "model_version")
_PART = ("model", "of")


class Metrics:
    """All metrics of one app; two apps in one process share none."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        into = self.registry
        self.hot = HotMetrics()
        into.register(self.hot)
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
        self._add_storage(into)

    def _add_storage(self, into: CollectorRegistry) -> None:
        self.unstored = Counter(
            "keepsharp_unstored_predictions",
            "Answers of models with relaxed logging that could not be stored.",
            registry=into,
        )
        self.spill_refused = Gauge(
            "keepsharp_spill_refused", "Rows that waited for the database and then contradicted it.", registry=into
        )
        self.spill_bytes = Gauge("keepsharp_spill_bytes", "Bytes that wait for the database.", registry=into)

    def of(self, model: str, version: int) -> Counted:
        """The hot counts of one version."""
        return self.hot.of(model, version)

    def count_answers(self, answers: Sequence[Prediction]) -> None:
        """Note predictions that were answered, by the version that gave each."""
        if len(answers) > 1 and len({(one.model, one.version) for one in answers}) == 1:
            self.hot.of(answers[0].model, answers[0].version).answered += len(answers)
        else:
            for one in answers:
                self.hot.of(one.model, one.version).answered += 1
        for one in answers:
            if one.unknown_categories:
                self.unknown.labels(one.model, one.version).inc(len(one.unknown_categories))
            if one.abstained:
                self.abstained.labels(one.model, one.version).inc()

    def watch_queue(self, depth: Callable[[], int]) -> None:
        """Read the queue's depth from the log whenever metrics are asked for."""
        self.queue_depth.set_function(depth)

    def now_serving(self, model: str, version: int, previous: int | None) -> None:
        """Note a swap."""
        self.reloads.labels(model, version, "loaded").inc()
        if previous is not None and previous != version:
            self.serving.labels(model, previous).set(0)
        self.serving.labels(model, version).set(1)
