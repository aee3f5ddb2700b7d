"""What is counted for every answer: plain numbers that one event loop writes, made into metrics on demand.

A metric of the Prometheus client takes a lock for each change, which is more than the answer's own work allows.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_VERSION = ("model", "model_version")


@dataclass(slots=True)
class Counted:
    """The counts of one version."""

    answered: int = 0
    in_flight: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    """Requests by duration, each in one bucket."""

    def begin(self) -> float:
        """A request comes in; give what is returned to `end`."""
        self.in_flight += 1
        return time.perf_counter()

    def end(self, begun: float) -> None:
        """It was answered, or refused."""
        spent = time.perf_counter() - begun
        self.in_flight -= 1
        self.seconds += spent
        self.buckets[bisect_left(_BOUNDS, spent)] += 1


class HotMetrics(Collector):
    """The counts of all versions."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], Counted] = {}

    def of(self, model: str, version: int) -> Counted:
        """The counts of one version."""
        found = self._of.get((model, version))
        if found is None:
            found = self._of[model, version] = Counted()
        return found

    def rows_answered(self) -> dict[str, int]:
        """Rows answered so far, by model."""
        found: dict[str, int] = {}
        for (model, _), counted in list(self._of.items()):
            found[model] = found.get(model, 0) + counted.answered
        return found

    def collect(self) -> Iterator[Metric]:
        """As Prometheus wants them."""
        answered = CounterMetricFamily("keepsharp_predictions", "Predictions answered and stored.", labels=_VERSION)
        seconds = HistogramMetricFamily(
            "keepsharp_prediction_seconds", "Seconds of one predictions request.", labels=_VERSION
        )
        in_flight = GaugeMetricFamily("keepsharp_in_flight", "Predictions requests being answered.", labels=_VERSION)
        for (model, version), counted in self._of.items():
            labels = (model, str(version))
            answered.add_metric(labels, counted.answered)
            seconds.add_metric(labels, list(_cumulative(counted.buckets)), counted.seconds)
            in_flight.add_metric(labels, counted.in_flight)
        yield from (answered, seconds, in_flight)


def _cumulative(buckets: Iterable[int]) -> Iterator[tuple[str, float]]:
    bounds = [*(str(bound) for bound in _BOUNDS), "+Inf"]
    return zip(bounds, map(float, accumulate(buckets)), strict=True)
