from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from infra.domain.costs import CostEntry
from infra.domain.errors import Unavailable
from infra.memory import memory_ports
from infra.ports import Ports, RegisteredModel
from services.inference.accounting import PATIENCE, Accounting, Reading
from tests.contracts.building import NOON, prediction

FILE = "task: classification\ncosts: {cpu_hour: 3600}\ndata: {source: a.csv, target: y}\nmodel: "
LATER = NOON + timedelta(days=400)
"""The wall clock: the rows are of a year ago."""


class Process:
    """A serving process whose readings a test sets, and whose clock stands still."""

    def __init__(self, folder: Path, *models: str) -> None:
        self.ports: Ports = memory_ports(folder)
        for name in models:
            self.ports.models.save(
                RegisteredModel(name=name, spec_yaml=FILE + name, spec_folder=".", registered_at=NOON)
            )
        self.reading, self.wall = Reading(), LATER
        self.accounting = Accounting(self.ports, lambda: self.reading, lambda: self.wall)

    def takes(self, seconds: float, rows: dict[str, int], shadow: dict[str, float] | None = None) -> None:
        self.reading = Reading(cpu_seconds=seconds, rows=rows, shadow_seconds=shadow or {})
        self.accounting.charge()

    def entries(self) -> list[CostEntry]:
        return self.ports.costs.page(None, 99)

    def sums(self) -> dict[tuple[str, str], float]:
        found: dict[tuple[str, str], float] = {}
        for one in self.entries():
            found[one.model, one.stage] = found.get((one.model, one.stage), 0.0) + one.quantity
        return found


def test_seconds_are_shared_by_rows_and_sum_to_what_the_process_took(tmp_path: Path) -> None:
    process = Process(tmp_path, "grid", "press")
    process.wall += PATIENCE
    process.takes(3.0, {})  # its start, for nobody in particular
    process.takes(12.0, {"grid": 200, "press": 100}, {"press": 3.0})
    process.takes(12.0, {"grid": 200, "press": 100}, {"press": 3.0})
    assert process.sums() == {
        ("grid", "serve"): pytest.approx(1.5 + 4.0),
        ("press", "serve"): pytest.approx(1.5 + 2.0),
        ("press", "shadow"): pytest.approx(3.0),
    }
    assert sum(one.amount or 0.0 for one in process.entries()) == pytest.approx(12.0)


def test_they_belong_to_the_event_time_of_the_rows_which_goes_on_with_the_clock(tmp_path: Path) -> None:
    process = Process(tmp_path, "grid")
    process.ports.predictions.add([prediction("a")])
    process.takes(1.0, {"grid": 1})
    process.wall += timedelta(days=1)
    process.takes(2.0, {"grid": 1})  # nothing was answered for a day
    assert sorted(one.at for one in process.entries()) == [NOON, NOON + timedelta(days=1)]
    assert [one.quantity for one in process.entries()] == [1.0, 1.0]


def test_what_could_not_be_written_is_written_next_time_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path, "grid")

    def away(_: object) -> None:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(process.ports.costs, "meter", away)
        process.takes(2.0, {"grid": 1})
        process.takes(3.0, {"grid": 1})
    assert process.entries() == []
    process.takes(4.0, {"grid": 1})
    process.takes(4.0, {"grid": 1})
    assert process.sums() == {("grid", "serve"): 4.0}


def test_a_second_process_has_entries_of_its_own(tmp_path: Path) -> None:
    process = Process(tmp_path, "grid")
    process.takes(2.0, {"grid": 1})
    process.accounting = Accounting(process.ports, lambda: process.reading, lambda: process.wall)
    process.takes(5.0, {"grid": 1})
    assert process.sums() == {("grid", "serve"): 7.0}


def test_without_a_model_nothing_is_lost(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.wall += PATIENCE
    process.takes(2.0, {})
    process.ports.models.save(
        RegisteredModel(name="grid", spec_yaml=FILE + "grid", spec_folder=".", registered_at=NOON)
    )
    process.takes(3.0, {})
    assert process.sums() == {("grid", "serve"): 3.0}


def test_what_the_start_took_waits_for_the_first_row_and_belongs_to_its_day(tmp_path: Path) -> None:
    process = Process(tmp_path, "grid")
    process.takes(3.0, {})
    assert process.entries() == []
    process.ports.predictions.add([prediction("a")])
    process.takes(4.0, {"grid": 1})
    assert [(one.at, one.quantity) for one in process.entries()] == [(NOON, 4.0)]


def test_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    process = Process(tmp_path, "grid")
    process.reading = Reading(cpu_seconds=3.0)
    process.accounting.charge(at_the_end=True)
    assert process.sums() == {("grid", "serve"): 3.0}
