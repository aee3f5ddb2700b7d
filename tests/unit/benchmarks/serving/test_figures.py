"""Each figure is judged against its own target, and an unmeasured one neither holds nor fails."""

from __future__ import annotations

import pytest

from benchmarks.serving.figures import MANY_C16, ONE_C16, ONE_C64, Figure, judge
from benchmarks.serving.results import Results
from tests.unit.benchmarks.serving.building import rounds


def _judged(scale: float = 1.0) -> list[Figure]:
    """A run in which keepsharp's speed is exactly at its targets, times `scale`."""
    speed = 1000 * scale
    measured = [
        *rounds("keepsharp", ONE_C64, speed),
        *rounds("keepsharp", ONE_C16, speed, p99_ms=10),
        *rounds("keepsharp", MANY_C16, 600 * scale),
        *rounds("keepsharp-postgres", ONE_C64, 700 * scale),
        *rounds("keepsharp-shadows", ONE_C16, 950 * scale),
        *rounds("mlflow", ONE_C64, 100),
        *rounds("mlflow", ONE_C16, 100, p99_ms=40),
        *rounds("mlflow", MANY_C16, 100),
        *rounds("constant", ONE_C64, 2000),
        *rounds("commit-per-row", MANY_C16, 60),
    ]
    return judge(Results(measured), {"keepsharp": 400_000_000})


def test_all_figures_hold_at_their_targets() -> None:
    assert [figure.value for figure in _judged()] == [10.0, 0.5, 0.25, 6.0, 10.0, 0.7, 400.0, 0.95]
    assert all(figure.holds for figure in _judged())


def test_speed_below_a_target_does_not_hold() -> None:
    assert [figure.holds for figure in _judged(0.9)] == [False, False, True, False, False, True, True, True]


def test_nothing_measured_is_unknown_and_never_zero() -> None:
    for figure in judge(Results([]), {}):
        assert figure.value is None
        assert figure.holds is None
        assert set(figure.to_json()) == {"name", "value", "unit", "target", "holds"}


@pytest.mark.parametrize(("value", "holds"), [(449.9, True), (450.0, False)])
def test_memory_has_to_stay_below(value: float, holds: bool) -> None:
    assert Figure(name="memory", value=value, unit="MB", sign="<", bound=450.0).holds is holds
