"""The picture of a model's history: everything in its place and within the frame."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.display.wording import Metric
from infra.domain.windows import Beside, PerformanceReport, Window
from services.dashboard.chart import MOST_SINGLE, Chart, draw
from services.dashboard.scene import Level, Mark, Scene, gathered
from services.dashboard.sparkline import HEIGHT, WIDTH, sparkline
from tests.contracts import building as make

LEVELS = (Level(start=make.after(-100), end=make.after(2), value=0.9),)
PROMOTED = Mark(kind="promotion", at=make.after(-50), text="promoted", link="#one")
ALERT = Mark(kind="alert", at=make.after(1), text="alert", link="#two")


def figures(value: float = 0.9, air: float = 0.05, **changes: object) -> PerformanceReport:
    return replace(make.performance(), value=value, low=value - air, high=value + air, **changes)  # type: ignore[arg-type]


def measured(index: int, value: float = 0.9, air: float = 0.05) -> Window:
    return make.window(index, performance=figures(value, air))


def scene(*windows: Window, marks: tuple[Mark, ...] = (), metric: Metric = "accuracy", **more: Any) -> Scene:
    return Scene(model="grid", metric=metric, windows=windows, accepted=LEVELS, marks=marks, **more)


def drawn(*windows: Window, **more: Any) -> Chart:
    chart = draw(scene(*windows, **more), width=400)
    assert chart is not None
    return chart


def test_no_windows_no_picture() -> None:
    assert draw(scene(marks=(PROMOTED,)), width=400) is None


def test_provisional_windows_are_drawn_apart_and_cut_the_line() -> None:
    chart = drawn(measured(0), measured(1), make.window(2, state="provisional"), measured(3), measured(4))
    assert len(chart.measured) == 4
    assert [band.text.endswith("no figure, its labels are not due yet") for band in chart.provisional] == [True]
    assert len(chart.lines) == 2


def test_models_that_did_not_answer_are_lines_of_their_own_and_within_the_frame() -> None:
    asked = [
        replace(measured(index), beside=Beside(rows=200, served=0.9, first=first, simple=0.55))
        for index, first in enumerate([0.7, 0.6, None, 0.5, 0.5])
    ]
    chart = drawn(*asked)
    assert [len(line.split()) for line in chart.first] == [2, 2], "cut where the first champion could not be asked"
    assert [len(line.split()) for line in chart.plain] == [5]
    _, top, _, bottom = chart.plot
    heights = [float(corner.split(",")[1]) for line in (*chart.first, *chart.plain) for corner in line.split()]
    assert all(top <= height <= bottom for height in heights)
    assert "the first champion 70.0% and the simple model 55.0% on 200 of them" in chart.measured[0].text
    assert not drawn(measured(0), measured(1)).first


def test_an_estimate_is_not_shown_as_measured() -> None:
    guess = figures(0.8, kind="estimated")
    chart = drawn(make.window(0, performance=guess), make.window(1, estimate=guess), measured(2))
    assert len(chart.measured) == 1
    assert [band.window for band in chart.guessed] == [0, 1]
    assert len(chart.guesses) == 1
    assert not chart.lines
    assert "estimated 80.0% (75.0–85.0%)" in chart.provisional[1].text


def test_an_estimate_stays_beside_what_was_measured_later() -> None:
    both = replace(measured(0), estimate=figures(0.8, kind="estimated"))
    chart = drawn(both, replace(both, index=1, start=make.after(1), end=make.after(2)))
    assert (len(chart.lines), len(chart.guesses), len(chart.guessed)) == (1, 1, 0)


def test_what_is_tolerated_lies_below_an_accuracy_and_above_an_error() -> None:
    for metric, wanted in (("accuracy", 1), ("mae", -1)):
        (step,) = drawn(measured(0), metric=metric, tolerance=0.03).accepted
        assert step.limit is not None
        assert (step.limit - step.y) * wanted > 0
    assert drawn(measured(0)).accepted[0].limit is None


def test_the_simple_model_is_drawn_where_it_is_known() -> None:
    level = Level(start=make.after(0), end=make.after(1), value=0.5)
    chart = drawn(measured(0), measured(1), simple=(level,))
    (step,) = chart.simple
    assert (step.start, step.limit) == (chart.plot[0], None)
    assert step.end < chart.plot[2]
    assert step.y <= chart.plot[3]


def test_hundreds_of_windows_are_one_path_and_few_marks() -> None:
    windows = [measured(index) for index in range(MOST_SINGLE + 1)]
    unknown = [make.window(MOST_SINGLE + 1 + index, state="provisional") for index in range(MOST_SINGLE + 1)]
    marks = tuple(replace(ALERT, at=make.after(hour), link=f"#{hour}") for hour in range(2 * MOST_SINGLE))
    chart = drawn(*windows, *unknown, marks=marks)
    assert not chart.measured
    assert chart.bands.count("M") == MOST_SINGLE + 1
    assert len(chart.provisional) == 1
    assert len(chart.marks) < len(marks) / 3
    assert sum(placed.mark.count for placed in chart.marks) == len(marks)
    assert chart.marks[-1].mark.link == marks[-1].link


def test_marks_of_different_kinds_are_never_gathered() -> None:
    found = gathered(
        [PROMOTED, replace(ALERT, at=PROMOTED.at), replace(ALERT, at=PROMOTED.at, minor=True)], timedelta(1)
    )
    assert [(mark.kind, mark.count, mark.minor) for mark in found] == [("alert", 2, False), ("promotion", 1, False)]


def test_only_lanes_that_are_used_are_there() -> None:
    chart = drawn(measured(0), measured(1), marks=(ALERT, PROMOTED))
    assert [lane.text for lane in chart.lanes] == ["promoted", "alerts"]


def test_what_happened_before_the_first_window_is_shown_at_its_edge() -> None:
    chart = drawn(measured(0), measured(1), marks=(PROMOTED,))
    assert chart.marks[0].x == chart.plot[0]
    assert chart.accepted[0].start == chart.plot[0]


def test_the_picture_is_also_words() -> None:
    chart = drawn(measured(0, 0.9), measured(1, 0.7), marks=(ALERT,))
    assert "last 70.0%, lowest 70.0%, highest 90.0%" in chart.summary
    assert "1 alerts" in chart.summary


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_everything_lies_within_the_frame(values: list[tuple[float, float]]) -> None:
    windows = [measured(i, value, air) for i, (value, air) in enumerate(values)]
    windows = [window if i % 3 else make.window(i, state="provisional") for i, window in enumerate(windows)]
    chart = draw(scene(*windows, marks=(PROMOTED, ALERT), metric="mae", tolerance=0.5), width=360)
    assert chart is not None
    left, top, right, bottom = chart.plot
    for band in chart.measured:
        assert left <= band.x <= right
        assert band.middle is not None
        assert top - 1 <= band.middle[1] <= bottom + 1
    assert all(left <= placed.x <= right for placed in chart.marks)
    assert all(top - 1 <= tick.at <= bottom + 1 for tick in chart.up)
    assert all(step.limit is None or top <= step.limit <= bottom for step in chart.accepted)
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
