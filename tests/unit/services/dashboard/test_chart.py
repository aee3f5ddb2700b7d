"""The picture of a model's history: everything in its place and within the frame."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.windows import PerformanceReport, Window
from services.dashboard.chart import AcceptedLevel, Chart, Mark, draw
from services.dashboard.sparkline import HEIGHT, WIDTH, sparkline
from tests.contracts import building as make

LEVELS = [AcceptedLevel(start=make.after(-100), end=make.after(2), value=0.9)]
PROMOTED = Mark(kind="promotion", at=make.after(-50), text="promoted", link="#one")
ALERT = Mark(kind="alert", at=make.after(1), text="alert", link="#two")


def measured(index: int, value: float = 0.9, air: float = 0.05) -> Window:
    figures = replace(make.performance(), value=value, low=value - air, high=value + air)
    return make.window(index, performance=figures)


def drawn(*windows: Window, marks: tuple[Mark, ...] = ()) -> Chart:
    chart = draw(windows, LEVELS, marks, metric="accuracy", width=400)
    assert chart is not None
    return chart


def test_no_windows_no_picture() -> None:
    assert draw([], LEVELS, [PROMOTED], metric="accuracy", width=400) is None


def test_provisional_windows_are_drawn_apart_and_cut_the_line() -> None:
    chart = drawn(measured(0), measured(1), make.window(2, state="provisional"), measured(3), measured(4))
    assert len(chart.measured) == 4
    assert [band.text.endswith("no figure, its labels are not due yet") for band in chart.provisional] == [True]
    assert len(chart.lines) == 2


def test_an_estimate_is_not_shown_as_measured() -> None:
    estimated: PerformanceReport = replace(make.performance(), kind="estimated")
    assert not drawn(make.window(0, performance=estimated)).measured


def test_only_lanes_that_are_used_are_there() -> None:
    chart = drawn(measured(0), measured(1), marks=(ALERT, PROMOTED))
    assert [lane.text for lane in chart.lanes] == ["promoted", "alerts"]


def test_what_happened_before_the_first_window_is_shown_at_its_edge() -> None:
    chart = drawn(measured(0), measured(1), marks=(PROMOTED,))
    assert chart.marks[0].x == chart.plot[0]
    assert chart.accepted[0][0] == chart.plot[0]


def test_the_picture_is_also_words() -> None:
    chart = drawn(measured(0, 0.9), measured(1, 0.7), marks=(ALERT,))
    assert "last 70.0%, lowest 70.0%, highest 90.0%" in chart.summary
    assert "1 alerts" in chart.summary


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_everything_lies_within_the_frame(values: list[tuple[float, float]]) -> None:
    windows = [measured(i, value, air) for i, (value, air) in enumerate(values)]
    windows = [window if i % 3 else make.window(i, state="provisional") for i, window in enumerate(windows)]
    chart = draw(windows, LEVELS, [PROMOTED, ALERT], metric="mae", width=360)
    assert chart is not None
    left, top, right, bottom = chart.plot
    for band in chart.measured:
        assert left <= band.x <= right
        assert band.middle is not None
        assert top - 1 <= band.middle[1] <= bottom + 1
    assert all(left <= placed.x <= right for placed in chart.marks)
    assert all(top - 1 <= tick.at <= bottom + 1 for tick in chart.up)
    assert 1 <= len(chart.up) <= 7


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1e6), max_size=30), st.none() | st.floats(0, 1e6))
def test_a_sparkline_stays_in_its_box(values: list[float], accepted: float | None) -> None:
    line = sparkline(values, accepted)
    assert (line is None) == (not values)
    if line is not None:
        points = [tuple(map(float, corner.split(","))) for corner in line.line.split()]
        assert len(points) == len(values)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
