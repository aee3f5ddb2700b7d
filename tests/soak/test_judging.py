"""A leak, a descriptor that is left open, and answers that become slower are seen; noise and a warm-up are not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.soak.judging import MB, growth_of, judge, slope_of, slowed, spans_of
from tests.soak.resources import Held, Sample

HOUR = 3600.0


def samples(mb_per_hour: float, descriptors_per_hour: float, seed: int = 1) -> list[Sample]:
    """Two hours, one in ten seconds; the first quarter of an hour takes 200 MB, and the noise is of 5 MB."""
    noise = np.random.default_rng(seed).normal(0.0, 5.0, 720)
    found = []
    for place in range(720):
        at = 10.0 * place
        megabytes = 300 + 200 * min(1.0, at / 900) + mb_per_hour * at / HOUR + noise[place]
        held = Held(rss_bytes=round(megabytes * MB), descriptors=round(20 + descriptors_per_hour * at / HOUR))
        found.append(Sample(at=at, held={"api": held, "flows": Held(rss_bytes=MB, descriptors=9)}))
    return found


@pytest.mark.parametrize(("leak", "is_seen"), [(0.0, False), (20.0, True), (-5.0, False)])
def test_a_leak_is_seen_through_noise_and_after_the_warm_up(leak: float, is_seen: bool) -> None:
    slope = growth_of(samples(leak, 0), ("api",), 1200).rss_mb
    assert slope is not None
    assert slope.value == pytest.approx(leak, abs=1.0)
    assert slope.low < leak < slope.high
    assert (slope.low > 1.0) == is_seen


def test_a_few_minutes_give_no_slope() -> None:
    assert slope_of([0.0, 60.0, 120.0], [1.0, 2.0, 3.0]) is None


def test_a_single_flight_of_fancy_changes_nothing() -> None:
    at = [60.0 * minute for minute in range(60)]
    values = [100.0] * 60
    values[30] = 5_000.0
    slope = slope_of(at, values)
    assert slope is not None
    assert slope.value == 0.0


def test_slower_answers_of_the_second_half_are_seen() -> None:
    due = np.linspace(0, 2 * HOUR, 20_000).tolist()
    took = np.random.default_rng(2).gamma(2.0, 0.002, len(due)).tolist()
    assert slowed(due, took, 1200) == pytest.approx(0.0, abs=8.0)
    took = [seconds * (1.5 if at > 1.2 * HOUR else 1.0) for at, seconds in zip(due, took, strict=True)]
    assert slowed(due, took, 1200) == pytest.approx(50.0, abs=12.0)
    assert [round(span.start / 60) for span in spans_of(due, took)][:3] == [0, 10, 20]


def test_each_figure_is_judged_by_its_target() -> None:
    due, took = list(np.linspace(0, 2 * HOUR, 5_000)), [0.01] * 5_000
    verdicts = judge(samples(30, 40), due, took, warm_up_seconds=1200, lost=1, doubled=0, refused=0)
    assert [figure.holds for figure in verdicts] == [False, False, False, False, True, False, True, True]
