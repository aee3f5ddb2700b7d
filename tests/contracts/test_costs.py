"""What every `ports.Runs` and `ports.Costs` does."""

from __future__ import annotations

import pytest

from infra.domain.errors import NotFound
from infra.ports import Ports
from tests.contracts.building import after, cost, run


def test_a_run_comes_back_whole(ports: Ports) -> None:
    full = run("r", state="failed", version=3, mlflow_run_id="m", metrics={"loss": 0.1, "é": 1.0}, message="NaN loss")
    ports.runs.save(run("r"))
    ports.runs.save(full)
    assert ports.runs.get("r") == full
    assert ports.runs.page("grid", 10) == [full]


def test_unknown_run_is_not_found(ports: Ports) -> None:
    with pytest.raises(NotFound, match="'r'"):
        ports.runs.get("r")


def test_runs_are_paged_newest_first(ports: Ports) -> None:
    for n, hour in enumerate([1, 3, 2, 3]):
        ports.runs.save(run(f"r{n}", at=after(hour)))
    ports.runs.save(run("other", model="another"))
    assert [found.id for found in ports.runs.page("grid", 3)] == ["r3", "r1", "r2"]
    assert [found.id for found in ports.runs.page("grid", 3, 3)] == ["r0"]


def test_an_entry_is_counted_once(ports: Ports) -> None:
    ports.costs.add([cost("a"), cost("b", amount=1.5)])
    ports.costs.add(iter([cost("a", amount=99.0), cost("c", run_id=None, model="another", amount=4.0)]))
    ports.costs.add([])
    assert ports.costs.of_run("run") == [cost("a"), cost("b", amount=1.5)]
    assert ports.costs.total("grid") == pytest.approx(1.75)
    assert ports.costs.total() == pytest.approx(5.75)
    assert ports.costs.page("another", 10) == [cost("c", run_id=None, model="another", amount=4.0)]


def test_one_entry_twice_in_a_batch_is_counted_once(ports: Ports) -> None:
    ports.costs.add([cost("a"), cost("a", amount=99.0)])
    assert ports.costs.page(None, 10) == [cost("a")]


def test_a_total_takes_its_start_and_leaves_its_end(ports: Ports) -> None:
    ports.costs.add([cost(f"c{hour}", at=after(hour), amount=10.0**hour) for hour in range(4)])
    assert ports.costs.total("grid", after(1), after(3)) == pytest.approx(110)
    assert ports.costs.total("grid", start=after(2)) == pytest.approx(1100)
    assert ports.costs.total(end=after(1)) == pytest.approx(1)
    assert ports.costs.total("another") == 0.0


def test_costs_are_paged_newest_first_of_one_model_or_all(ports: Ports) -> None:
    for n, (hour, model) in enumerate([(1, "grid"), (2, "another"), (2, "grid"), (0, "grid")]):
        ports.costs.add([cost(f"c{n}", at=after(hour), model=model)])
    assert [entry.id for entry in ports.costs.page(None, 3)] == ["c2", "c1", "c0"]
    assert [entry.id for entry in ports.costs.page("grid", 2, 1)] == ["c0", "c3"]
