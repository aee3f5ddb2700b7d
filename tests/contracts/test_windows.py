"""What every `ports.Models` and `ports.Windows` does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.errors import DataError, NotFound
from infra.domain.windows import Beside, glance_at
from infra.ports import Ports, RegisteredModel
from tests.contracts.building import NOON, after, drift, feedback, performance, window


def model(name: str, **changes: str) -> RegisteredModel:
    fields = {"spec_yaml": f"model: {name}\n", "spec_folder": "examples"} | changes
    return RegisteredModel(name=name, registered_at=NOON, **fields)


def test_models_are_listed_by_name(ports: Ports) -> None:
    for name in ("b", "Z", "ä", "a-1", "a_1"):
        ports.models.save(model(name))
    assert [found.name for found in ports.models.all()] == sorted(["b", "Z", "ä", "a-1", "a_1"])


def test_a_model_file_is_replaced(ports: Ports) -> None:
    ports.models.save(model("grid"))
    changed = model("grid", spec_yaml="model: grid\nowner: été\n")
    ports.models.save(changed)
    assert ports.models.all() == [changed]
    assert ports.models.get("grid") == changed


def test_unknown_model_is_not_found_and_the_known_are_named(ports: Ports) -> None:
    with pytest.raises(NotFound, match="none is registered"):
        ports.models.get("grid")
    ports.models.save(model("steel"))
    with pytest.raises(NotFound, match=r"'grid'.*steel"):
        ports.models.get("grid")


@pytest.mark.parametrize("measured", [True, False])
def test_a_window_comes_back_whole(ports: Ports, measured: bool) -> None:
    full = window(
        3,
        drift=drift() if measured else None,
        performance=performance() if measured else None,
        estimate=replace(performance(), kind="estimated") if measured else None,
        feedback=feedback() if measured else None,
        beside=Beside(rows=200, served=0.9, first=0.1 + 0.2, simple=None, note="gone") if measured else None,
        note="not enough data (8 of 30)",
        report="reports/3.html" if measured else None,
    )
    ports.windows.save(full)
    assert ports.windows.last("grid") == full


def test_a_window_is_replaced_by_its_index(ports: Ports) -> None:
    ports.windows.save(window(0, state="provisional"))
    ports.windows.save(window(0, performance=performance()))
    assert ports.windows.page("grid", 10) == [window(0, performance=performance())]
    assert ports.windows.provisional("grid") == []


def test_windows_are_unheard_once_measured_and_until_their_labels_are_reported_on(ports: Ports) -> None:
    for index in (4, 1):
        ports.windows.save(window(index, performance=performance()))
    ports.windows.save(window(2, state="provisional"))
    ports.windows.save(window(3, feedback=feedback()))
    ports.windows.save(window(5, model="another"))
    assert [found.index for found in ports.windows.unheard("grid")] == [1, 4]
    ports.windows.save(window(1, performance=performance(), feedback=feedback()))
    assert [found.index for found in ports.windows.unheard("grid")] == [4]


def test_windows_are_paged_newest_first(ports: Ports) -> None:
    for index in (2, 0, 10, 9, 1):
        ports.windows.save(window(index, state="provisional" if index % 2 else "final"))
    ports.windows.save(window(99, model="another"))
    assert [found.index for found in ports.windows.page("grid", 3)] == [10, 9, 2]
    assert [found.index for found in ports.windows.page("grid", 3, 3)] == [1, 0]
    assert ports.windows.spans("grid", 3) == [(found.start, found.end) for found in ports.windows.page("grid", 3)]
    assert [found.index for found in ports.windows.provisional("grid")] == [1, 9]
    last = ports.windows.last("grid")
    assert last is not None
    assert last.index == 10


def test_a_window_is_found_by_its_index(ports: Ports) -> None:
    ports.windows.save(window(3, drift=drift()))
    assert ports.windows.get("grid", 3) == window(3, drift=drift())
    for model, index in (("grid", 2), ("steel", 3)):
        with pytest.raises(NotFound, match=f"{model} has no window {index}"):
            ports.windows.get(model, index)


def test_windows_at_a_glance_are_those_of_the_page(ports: Ports) -> None:
    for index in range(4):
        full = window(index, drift=drift() if index % 2 else None, performance=performance(), feedback=feedback())
        ports.windows.save(full)
    ports.windows.save(window(99, model="another", drift=drift()))
    page = ports.windows.page("grid", 3, 1)
    assert ports.windows.glances("grid", 3, 1) == [replace(one, drift=None) for one in page]
    assert ports.windows.drifts("grid", 3, 1) == [glance_at(one.index, one.drift) for one in page if one.drift]


def test_a_glance_weighs_columns_as_the_report_does(ports: Ports) -> None:
    moved, still = replace(drift().columns[0], weight=3.0), replace(drift().columns[0], column="still", drifted=False)
    answers = replace(moved, column="prediction", role="prediction")
    report = replace(drift(), columns=(moved, still, answers))
    ports.windows.save(window(0, drift=report))
    (seen,) = ports.windows.drifts("grid", 10)
    assert (seen.share, seen.drifted) == (report.drifted_share, frozenset({"prix d'été", "prediction"}))
    assert list(seen.effects) == ["prix d'été", "still", "prediction"]


def test_there_is_no_last_window_before_the_first(ports: Ports) -> None:
    assert ports.windows.last("grid") is None
    assert ports.windows.page("grid", 5) == []


def test_a_figure_that_is_not_a_number_is_refused(ports: Ports) -> None:
    broken = performance()
    broken.others["f1"] = float("nan")  # type: ignore[index]  # a caller may well pass a dict
    with pytest.raises(DataError, match=r"performance.others.f1"):
        ports.windows.save(window(0, performance=broken))
    assert ports.windows.last("grid") is None


def test_windows_span_moments_to_the_microsecond(ports: Ports) -> None:
    start = after(1).replace(microsecond=999_999)
    ports.windows.save(window(0, start=start, end=after(2)))
    found = ports.windows.page("grid", 1)[0]
    assert (found.start, found.end) == (start, after(2))
