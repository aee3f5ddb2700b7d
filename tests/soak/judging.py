"""What a soak has shown, as figures beside their targets: growth per hour, and whether answers became slower.

Pure; a figure that cannot be told from so short a run is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import theilslopes

from benchmarks.serving.figures import Figure
from tests.soak.resources import LASTING, Sample

MB = 1_000_000
_LEAST_POINTS = 5
SPAN_SECONDS = 600.0
"""What is told of the answers is told for spans of ten minutes."""


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Growth per hour, with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


def slope_of(at: Sequence[float], values: Sequence[float]) -> Slope | None:
    """The median of the slopes between all pairs of minutes, by their medians; None for less than five minutes.

    The interval is Sen's (P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63, 1968);
    it takes minutes to be independent, and neighbouring ones are not quite.

    >>> slope_of([0, 600, 1200, 1800, 2400, 3000], [10, 10.5, 11, 11.5, 12, 12.5]).value
    3.0
    """
    minutes = np.asarray(at) // 60
    places = np.unique(minutes)
    if len(places) < _LEAST_POINTS:
        return None
    medians = [np.median(np.asarray(values)[minutes == place]) for place in places]
    found = theilslopes(medians, places / 60, alpha=0.95)
    return Slope(value=float(found[0]), low=float(found[2]), high=float(found[3]))


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Of one group of processes, after warming up."""

    rss_mb: Slope | None
    own_mb: Slope | None
    descriptors: Slope | None
    threads: Slope | None


def growth_of(samples: Sequence[Sample], roles: Sequence[str], warm_up_seconds: float) -> Growth:
    """How what those roles hold together grows."""
    warm = [sample for sample in samples if sample.at >= warm_up_seconds]
    at, held = [sample.at for sample in warm], [sample.of(*roles) for sample in warm]
    return Growth(
        rss_mb=slope_of(at, [one.rss_bytes / MB for one in held]),
        own_mb=slope_of(at, [one.own_bytes / MB for one in held]),
        descriptors=slope_of(at, [one.descriptors for one in held]),
        threads=slope_of(at, [one.threads for one in held]),
    )


@dataclass(frozen=True, kw_only=True)
class Span:
    """How answers were in one stretch of time."""

    start: float
    answers: int
    p50_ms: float
    p99_ms: float
    worst_ms: float


def spans_of(due: Sequence[float], took: Sequence[float], seconds: float = SPAN_SECONDS) -> list[Span]:
    """By the moments they were due."""
    at, took_ms = np.asarray(due), np.asarray(took) * 1e3
    spans = []
    for place in np.unique(at // seconds):
        here = took_ms[at // seconds == place]
        p50, p99 = np.percentile(here, (50, 99))
        spans.append(Span(start=place * seconds, answers=len(here), p50_ms=p50, p99_ms=p99, worst_ms=float(here.max())))
    return spans


def slowed(due: Sequence[float], took: Sequence[float], warm_up_seconds: float) -> float | None:
    """By how many per cent the p99 of the second half after warming up lies above the first; None without answers."""
    at, seconds = np.asarray(due), np.asarray(took)
    if not len(at) or at.max() <= warm_up_seconds:
        return None
    middle = (warm_up_seconds + at.max()) / 2
    first, second = seconds[(at >= warm_up_seconds) & (at < middle)], seconds[at >= middle]
    return float(100 * (np.percentile(second, 99) / np.percentile(first, 99) - 1))


def judge(
    samples: Sequence[Sample],
    due: Sequence[float],
    took: Sequence[float],
    *,
    warm_up_seconds: float,
    lost: int,
    doubled: int,
    refused: int,
) -> list[Figure]:
    """Every figure of a soak, in order."""
    api, together = growth_of(samples, ("api",), warm_up_seconds), growth_of(samples, LASTING, warm_up_seconds)

    def grows(name: str, slope: Slope | None, unit: str) -> Figure:
        return Figure(name=name, value=None if slope is None else slope.value, unit=unit, sign="<", bound=1)

    return [
        grows("resident memory of the API, growth", api.rss_mb, "MB/h"),
        grows("resident memory of all lasting processes, growth", together.rss_mb, "MB/h"),
        grows("file descriptors of the API, growth", api.descriptors, "1/h"),
        grows("file descriptors of all lasting processes, growth", together.descriptors, "1/h"),
        Figure(
            name="p99 of the second half over the first",
            value=slowed(due, took, warm_up_seconds),
            unit="%",
            sign="<=",
            bound=10,
        ),
        Figure(name="acknowledged and lost", value=lost, unit="rows and labels", sign="<=", bound=0),
        Figure(name="stored twice", value=doubled, unit="rows and labels", sign="<=", bound=0),
        Figure(name="refused or never acknowledged", value=refused, unit="requests", sign="<=", bound=0),
    ]
