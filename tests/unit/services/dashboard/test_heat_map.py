"""Drift as a picture: the most drifting features on top, every cell in its colour, and the same as figures."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from PIL import Image

from infra.domain.windows import DriftGlance, Window
from services.dashboard.heat_map import PIXELS, STEPS, Cells, cell_figures, cells_of, heat_map, palette, picture
from tests.contracts import building as make


def glance(index: int, effects: Mapping[str, float], *drifted: str) -> DriftGlance:
    return DriftGlance(index=index, effects=effects, drifted=frozenset(drifted), share=0.0)


def cells(windows: int = 4) -> Cells:
    drifts = [
        glance(0, {"calm": 0.01, "wild": 0.6, "odd": 0.04}, "wild"),
        glance(1, {"calm": 0.01, "wild": 0.2, "odd": 0.04}),
        glance(3, {"calm": 1.0, "wild": 0.12}, "wild", "calm"),
    ]
    found = cells_of([make.window(index) for index in range(windows)], drifts)
    assert found is not None
    return found


def test_nothing_compared_is_no_picture() -> None:
    assert cells_of([make.window(0)], []) is None
    assert cells_of([], [glance(0, {"x": 1.0})]) is None


def test_what_drifts_most_often_is_on_top() -> None:
    assert cells().features == ("wild", "calm", "odd")


def test_rows_lead_to_the_window_where_they_drifted_last_or_moved_farthest() -> None:
    rows = {row.name: row for row in heat_map(cells(), width=960, most=10).rows}
    assert {name: row.window for name, row in rows.items()} == {"wild": 3, "calm": 3, "odd": 0}
    assert (rows["wild"].drifted, rows["wild"].peak) == (2, 0.6)


def test_only_so_many_rows_are_shown_and_the_rest_counted() -> None:
    shown = heat_map(cells(), width=360, most=1)
    assert ([row.name for row in shown.rows], shown.left_out) == (["wild"], 2)


def test_every_cell_has_its_colour() -> None:
    drawn = Image.open(io.BytesIO(picture(cells(), most=10))).convert("RGBA")
    assert drawn.size == (PIXELS, 3)
    colours, count = palette(), len(STEPS)
    step = {0.6: 7, 0.2: 4, 0.12: 3, 0.01: 0, 0.04: 1, 1.0: 7}
    expected = {
        (0, "wild"): 1 + count + step[0.6],
        (1, "wild"): 1 + step[0.2],
        (2, "wild"): 0,
        (3, "wild"): 1 + count + step[0.12],
        (3, "calm"): 1 + count + step[1.0],
        (0, "odd"): 1 + step[0.04],
        (3, "odd"): 0,
    }
    for (window, name), place in expected.items():
        pixel = drawn.getpixel((PIXELS // 4 * window + PIXELS // 8, cells().features.index(name)))
        assert pixel == (colours[place] if place else (0, 0, 0, 0)), (window, name)


@pytest.mark.parametrize("windows", [1, 3000])
def test_one_window_and_thousands_are_drawn(windows: int) -> None:
    many = [make.window(index) for index in range(windows)]
    found = cells_of(many, [glance(index, {"x": 0.5}, "x") for index in range(windows)])
    assert found is not None
    drawn = Image.open(io.BytesIO(picture(found, most=10))).convert("RGBA")
    assert {drawn.getpixel((x, 0))[3] for x in range(PIXELS)} == {palette()[1 + len(STEPS) + 6][3]}  # type: ignore[index]


def test_figures_tell_drifted_by_their_sign() -> None:
    found = cell_figures(cells(), most=2)
    assert found["features"] == ("wild", "calm")
    assert found["moved"] == [[-600, 200, -120], [10, 10, -1000]]
    assert [one[0] for one in found["windows"]] == [0, 1, 3]  # type: ignore[attr-defined]


def test_windows_that_stand_still_in_time_are_drawn() -> None:
    still: list[Window] = [make.window(0, end=make.after(0))]
    found = cells_of(still, [glance(0, {"x": 0.5})])
    assert found is not None
    assert picture(found, most=1).startswith(b"\x89PNG")
