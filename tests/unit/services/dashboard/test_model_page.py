"""A model's page and what its pictures are drawn from: parts of its life, a model without windows, a regression."""

from __future__ import annotations

import gzip
from dataclasses import replace

import httpx
import pytest

from infra.domain.errors import DataError
from infra.ports import Ports
from services.dashboard.part import part_of
from services.dashboard.story import accepted_levels, simple_levels, story_of
from tests.contracts import building as make
from tests.unit.services.dashboard.building import Browser, register
from tests.unit.services.dashboard.test_pages import Page, page

REGRESSION = "model: load\ntask: regression\ndata: {source: a.csv, target: y}\n"


def json(client: Browser, path: str) -> dict[str, object]:
    answer: httpx.Response = client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def series(client: Browser, path: str) -> dict[str, dict[str, list[dict[str, object]]]]:
    found = json(client, path)["option"]["series"]  # type: ignore[index]
    return {one["name"]: one for one in found}


def test_a_model_without_windows_says_what_will_be_here(client: Browser, ports: Ports) -> None:
    register(ports, "quiet")
    found = page(client, "/models/quiet")
    assert "keepsharp replay" in found.text
    assert not {"drift", "windows", "trends"} & set(found.ids)
    assert json(client, "/models/quiet/accuracy.json") == {"option": {}, "summary": "No window of traffic is full yet."}
    assert client.get("/models/quiet/drift.png").status_code == 404


def test_the_page_shows_the_part_that_its_address_asks_for(client: Browser) -> None:
    whole = page(client, "/models/grid")
    part = page(client, "/models/grid?from=2026-03-01T13:00:00Z&to=2026-03-01T15:00:00Z")
    windows = {f"/models/grid/windows/{index}" for index in range(5)}
    assert windows <= whole.links
    assert windows & {link.partition("?")[0] for link in part.links} == {
        "/models/grid/windows/1",
        "/models/grid/windows/2",
    }
    assert "/models/grid/drift.png?from=2026-03-01T13:00:00Z&to=2026-03-01T15:00:00Z" in part.links


def test_a_version_that_answered_nowhere_leaves_an_empty_part(client: Browser) -> None:
    found = page(client, "/models/grid?version=7")
    assert "No window lies in this part." in found.text
    assert page(client, "/models/grid?version=2").links >= {"/models/grid/windows/0"}


@pytest.mark.parametrize(
    "query", ["from=yesterday", "to=2026-13-01", "version=two", "version=²", "from=2027-01-01&to=2026-01-01"]
)
@pytest.mark.parametrize("path", ["", "/accuracy.json", "/drift.png", "/drift.json"])
def test_a_part_that_cannot_be_read_is_refused_with_what_to_write(client: Browser, path: str, query: str) -> None:
    answer = client.get(f"/models/grid{path}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in Page(answer.text).text


def test_an_address_of_a_part_is_read_as_it_was_written() -> None:
    for text in ("from=2026-03-01T09:00:00Z&version=3", "to=2026-03-01T09:00:00Z", ""):
        assert part_of(dict(one.split("=") for one in text.split("&") if one)).query == text
    assert part_of({"from": "2026-03-01T10:00+01:00"}).query == "from=2026-03-01T09:00:00Z"
    with pytest.raises(DataError):
        part_of({"from": "0001-01-01T00:00:00+14:00"})


def test_the_chart_to_explore_has_every_window_and_zooms_to_the_part(client: Browser) -> None:
    shown = series(client, "/models/grid/accuracy.json?from=2026-03-01T13:00:00Z")
    values = [one["value"][1] for one in shown["measured"]["data"]]  # type: ignore[index]
    assert values == [90.0, 88.0, 86.0, 84.0, None]
    assert shown["measured"]["data"][1]["link"] == "/models/grid/windows/1"
    option: dict[str, list[dict[str, object]]] = json(client, "/models/grid/accuracy.json?from=2026-03-01T13:00:00Z")[
        "option"
    ]  # type: ignore[assignment]
    assert option["dataZoom"][0]["startValue"] == 1_772_370_000_000
    assert "endValue" not in option["dataZoom"][0]
    assert {"promotion", "rejection", "rollback", "retraining", "alert"} <= set(shown)


def test_estimates_are_another_line(client: Browser, ports: Ports) -> None:
    guess = replace(make.performance(), kind="estimated", value=0.7, low=0.6, high=0.8)
    ports.windows.save(make.window(5, estimate=guess))
    shown = series(client, "/models/grid/accuracy.json")
    assert shown["estimated"]["lineStyle"]["type"] == "dashed"  # type: ignore[call-overload]
    assert shown["estimated"]["data"][-1]["value"][1] == 70.0  # type: ignore[index]
    assert shown["measured"]["data"][-1]["value"][1] is None  # type: ignore[index]
    assert "estimated without labels" in page(client, "/models/grid").text


def test_levels_are_those_of_the_champion_that_served_then(ports: Ports) -> None:
    story = story_of(ports, "grid")
    found = [(level.start, round(level.value, 2)) for level in accepted_levels(story)]
    assert found == [(make.after(1), 0.9), (make.after(2), 0.82), (make.after(3), 0.9)]
    assert simple_levels(story) == []
    ports.runs.save(make.run("run 2", version=2, metrics={"baseline_accuracy": 0.5}))
    (simple,) = simple_levels(story_of(ports, "grid"))
    assert (simple.start, simple.end, simple.value) == (make.after(2), make.after(3), 0.5)


def test_the_drift_picture_and_its_figures_are_of_the_same_cells(client: Browser) -> None:
    answer = client.get("/models/grid/drift.png")
    assert (answer.headers["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    found = json(client, "/models/grid/drift.json")
    assert found["features"] == ["prix d'été"]
    assert [one[0] for one in found["windows"]] == [0, 1, 2, 3]  # type: ignore[attr-defined]


def test_many_features_and_windows_are_listed_when_asked_for(client: Browser, ports: Ports) -> None:
    register(ports, "wide")
    columns = tuple(replace(make.drift().columns[0], column=f"c{place:03d}") for place in range(30))
    for index in range(50):
        ports.windows.save(make.window(index, model="wide", drift=replace(make.drift(), columns=columns)))
    first, every = page(client, "/models/wide"), page(client, "/models/wide?features=all&windows=all")
    assert "All 30 columns" in first.text
    assert "All 50 windows" in first.text
    assert "c029" not in first.text
    assert "c029" in every.text
    assert "/models/wide/windows/0" in every.links - first.links


def test_a_regression_shows_how_often_its_intervals_held(client: Browser, ports: Ports) -> None:
    register(ports, "load", REGRESSION)
    for index in range(3):
        figures = replace(
            make.performance(),
            metric="mae",
            value=12.0 + index,
            low=11.0,
            high=13.5,
            others={"interval_coverage": 0.87},
        )
        ports.windows.save(make.window(index, model="load", performance=figures, feedback=make.feedback()))
    text = page(client, "/models/load").text
    for words in ("Mean absolute error over time", "Truth within the interval 87%", "Labels come after 1 h"):
        assert words in text
    shown = series(client, "/models/load/accuracy.json")
    assert [one["value"][1] for one in shown["measured"]["data"]] == [12.0, 13.0, 14.0]  # type: ignore[index]


def test_json_travels_packed_to_whoever_takes_it(client: Browser, ports: Ports) -> None:
    for index in range(20):
        ports.windows.save(make.window(index, performance=make.performance()))
    answer = client.get("/models/grid/accuracy.json")
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = client.get("/models/grid/accuracy.json", accept_encoding="identity")
    assert "Content-Encoding" not in plain.headers
    assert plain.json() == answer.json()
    assert len(gzip.compress(plain.content)) < len(plain.content)
