"""The page of one window: what moved, how right it was, what it set off, and where its neighbours are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.shapes import ColumnShape
from infra.domain.windows import SliceScore
from infra.ports import Ports
from infra.shapes import keep_shapes
from services.dashboard.distribution import draw_distribution
from services.dashboard.window_view import slice_rows
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, Browser, register
from tests.unit.services.dashboard.test_pages import Page, page

NUMBERS = ColumnShape(column="prix d'été", edges=(0.0, 1.0, 2.0), reference=(30, 10), window=(5, 15), window_missing=5)


def test_a_window_says_what_was_measured_and_what_moved(client: Browser, ports: Ports) -> None:
    ports.windows.save(make.window(1, performance=make.performance(), drift=make.drift(), feedback=make.feedback()))
    text = page(client, "/models/grid/windows/1").text
    for words in (
        "Window 1",
        "90.0% 85.0–100.0%",
        "Confident errors 3",
        "1 of 1",
        "prix d'été: window against reference",
        "Drifted : effect 1e-17",
        "region north",
        "load > 2 50.0%",
        "confirmed on later rows",
        "80 of 100 rows (80%)",
        "Half of them came within 1 h",
        "Only rows with a complaint were labelled.",
        "Refused rows have no labels.",
        "3 of 10 rows came twice",
        "Area under the ROC curve 1",
    ):
        assert words in text, words


def test_neighbours_are_one_press_away(client: Browser) -> None:
    first, last = page(client, "/models/grid/windows/0"), page(client, "/models/grid/windows/4")
    assert "/models/grid/windows/1" in first.links
    assert "/models/grid/windows/-1" not in first.links
    assert "/models/grid/windows/3" in last.links
    assert "/models/grid/windows/5" not in last.links
    assert "Its labels are not due yet." in last.text


def test_the_two_distributions_are_drawn_where_they_are_kept(client: Browser, ports: Ports) -> None:
    without = page(client, "/models/grid/windows/2").text
    assert "No distributions of window 2 of grid are kept here" in without
    assert "Evidently’s report draws it." in without
    keep_shapes(ports.artifacts, "grid", 2, [NUMBERS])
    text = page(client, "/models/grid/windows/2?feature=prix%20d%27%C3%A9t%C3%A9").text
    assert "up to 1: 25.0% of the window, 75.0% of the reference" in text
    assert "No value in 20.0% of the window's rows and 0.0% of the reference's." in text


def test_a_column_that_was_not_compared_is_not_found(client: Browser) -> None:
    for path, words in (
        ("/models/grid/windows/2?feature=nothing", "'nothing' was not compared in window 2"),
        ("/models/grid/windows/99", "no window 99"),
        ("/models/grid/windows/99999999999999999999", "no window 99999999999999999999"),
        ("/models/nobody/windows/0", "nobody"),
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert words in Page(answer.text).text


def test_alerts_are_those_that_name_the_window_or_fell_into_it(client: Browser, ports: Ports) -> None:
    ports.alerts.save(make.alert("named", opened_at=make.after(50), evidence={"window": 0}, message="it names it"))
    ports.alerts.save(make.alert("within", opened_at=make.after(0.5), evidence={}, message="it fell into it"))
    text = page(client, "/models/grid/windows/0").text
    assert "it names it" in text
    assert "it fell into it" in text
    assert "it names it" not in page(client, "/models/grid/windows/1").text


def test_hostile_text_of_a_window_stays_text(client: Browser, ports: Ports) -> None:
    column = replace(make.drift().columns[0], column=HOSTILE)
    weak = replace(make.performance().weak[0], where=HOSTILE)
    score = SliceScore(column=HOSTILE, value=HOSTILE, rows=5, score=0.1)
    ports.windows.save(
        make.window(
            6,
            note=HOSTILE,
            drift=replace(make.drift(), columns=(column,), not_judged={HOSTILE: HOSTILE}),
            performance=replace(
                make.performance(), weak=(weak,), slices=(score,), biased=HOSTILE, others={HOSTILE: 1.0}
            ),
            feedback=replace(make.feedback(), sources={HOSTILE: 1}, one_sided=HOSTILE),
        )
    )
    keep_shapes(ports.artifacts, "grid", 6, [replace(NUMBERS, column=HOSTILE, edges=(), names=(HOSTILE, "b"))])
    html = client.get("/models/grid/windows/6").text
    assert "<script>" not in html
    assert "49" not in Page(html).text.split()


def test_a_regression_names_its_figures(client: Browser, ports: Ports) -> None:
    register(ports, "load", "model: load\ntask: regression\ndata: {source: a.csv, target: y}\n")
    figures = replace(
        make.performance(), metric="mae", value=3.0, low=2.0, high=4.0, others={"interval_coverage": 0.912}
    )
    ports.windows.save(make.window(0, model="load", performance=figures))
    text = page(client, "/models/load/windows/0").text
    assert "Truth within the promised interval 91%" in text
    assert "Confident errors" not in text


@pytest.mark.parametrize(("metric", "worst"), [("accuracy", "low"), ("mae", "high")])
def test_slices_are_worst_first(metric: str, worst: str) -> None:
    slices = tuple(
        SliceScore(column="s", value=value, rows=9, score=score) for value, score in (("low", 0.1), ("high", 0.9))
    )
    found = replace(make.performance(), metric=metric, value=0.5, slices=slices)  # type: ignore[arg-type]
    assert slice_rows(found, metric)[0].score.value == worst  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=9, unique=True),
    st.data(),
)
def test_bars_stay_in_their_picture(edges: list[float], data: st.DataObject) -> None:
    counts = st.lists(st.integers(0, 1000), min_size=len(edges) - 1, max_size=len(edges) - 1)
    shape = ColumnShape(
        column="x", edges=tuple(sorted(edges)), reference=tuple(data.draw(counts)), window=tuple(data.draw(counts))
    )
    drawn = draw_distribution(shape)
    for bar in drawn.bars:
        assert drawn.left - 0.1 <= bar.x <= drawn.width
        assert 0 <= bar.y <= bar.y + bar.height <= drawn.bottom + 0.2


def test_a_constant_is_drawn() -> None:
    drawn = draw_distribution(ColumnShape(column="x", edges=(2.0, 2.0), reference=(5,), window=(3,)))
    assert [bar.text for bar in drawn.bars] == ["2: 100.0% of the window, 100.0% of the reference"]
