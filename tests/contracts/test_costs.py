"""What every `ports.Runs` and `ports.Costs` does."""

from __future__ import annotations

import pytest

from infra.domain.errors import NotFound
from infra.ports import Ports
from tests.contracts.building import NOON, after, cost, run


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


def test_a_reading_stands_where_it_is_larger(ports: Ports) -> None:
    ports.costs.meter([cost("a", quantity=2.0, amount=2.0), cost("b", quantity=1.0, amount=1.0)])
    ports.costs.meter([cost("a", quantity=3.0, amount=3.0), cost("b", quantity=0.5, amount=0.5)])
    ports.costs.meter([cost("a", quantity=3.0, amount=3.0)])
    ports.costs.meter([cost("a", quantity=2.0, amount=2.0)])
    ports.costs.meter([])
    found = {entry.id: (entry.quantity, entry.amount) for entry in ports.costs.page("grid", 10)}
    assert found == {"a": (3.0, 3.0), "b": (1.0, 1.0)}


def test_what_accrues_is_added_up(ports: Ports) -> None:
    ports.costs.accrue([cost("day", quantity=2.0, amount=0.5, wall_seconds=1.0)])
    ports.costs.accrue(
        [cost("day", quantity=3.0, amount=0.25, wall_seconds=2.0), cost("other", rate=None, amount=None)]
    )
    ports.costs.accrue([cost("other", rate=None, amount=None, quantity=1.0)])
    day, other = ports.costs.page("grid", 10)[::-1]
    assert (day.quantity, day.amount, day.wall_seconds) == (5.0, 0.75, 3.0)
    assert (other.quantity, other.amount) == (11.0, None)


def test_an_estimate_and_what_has_no_price_come_back_whole(ports: Ports) -> None:
    entry = cost(
        "e", unit="kwh", rate=None, amount=None, low=6.0, high=14.0, basis="estimated", owner="desk", stage="energy"
    )
    ports.costs.add([entry])
    assert ports.costs.of_run("run") == [entry]
    assert ports.costs.total("grid") == 0.0


def test_a_total_is_of_one_payer_and_within_lists_a_span(ports: Ports) -> None:
    ports.costs.add(
        [
            cost(f"c{n}", model=model, cost_center=payer, at=after(n), amount=10.0**n)
            for n, (model, payer) in enumerate(
                [("grid", "desk"), ("press", "desk"), ("grid", "shop"), ("press", "desk")]
            )
        ]
    )
    assert ports.costs.total(cost_center="desk") == pytest.approx(1011)
    assert ports.costs.total(None, after(1), after(3), "desk") == pytest.approx(10)
    assert ports.costs.by_model(after(0), after(9), "desk") == pytest.approx({"grid": 1, "press": 1010})
    assert ports.costs.by_model(after(1), after(3), "desk") == pytest.approx({"press": 10})
    assert [entry.id for entry in ports.costs.within(after(1), after(3))] == ["c1", "c2"]
    assert [entry.id for entry in ports.costs.within(after(0), after(9), "press")] == ["c1", "c3"]


def test_a_span_is_whole_while_every_second_of_computing_has_a_price(ports: Ports) -> None:
    ports.costs.add([cost("a"), cost("gas", at=after(1), unit="kg_co2e", rate=None, amount=None)])
    ports.costs.add([cost("label", at=after(1), unit="label", rate=None, amount=None)])
    assert ports.costs.is_whole("grid", after(0), after(9))
    ports.costs.add([cost("b", at=after(2), rate=None, amount=None)])
    ports.costs.add([cost("c", at=after(4), unit="gpu_second", rate=None, amount=None, model="press")])
    assert not ports.costs.is_whole("grid", after(2), after(9))
    assert ports.costs.is_whole("grid", after(0), after(2))
    assert ports.costs.is_whole("grid", after(3), after(9))
    assert not ports.costs.is_whole("press", after(0), after(9))


def test_every_write_to_a_month_of_a_model_is_counted(ports: Ports) -> None:
    assert ports.costs.changes() == {}
    ports.costs.add([cost("a"), cost("b"), cost("other", model="another")])
    ports.costs.add([cost("late", at=after(24 * 40))])
    first, later = f"{NOON:%Y-%m}", f"{after(24 * 40):%Y-%m}"
    before = ports.costs.changes("grid")
    assert set(before) == {("grid", first), ("grid", later)}
    assert set(ports.costs.changes()) == {*before, ("another", first)}
    ports.costs.meter([cost("a", quantity=11.0)])
    ports.costs.accrue([cost("b")])
    now = ports.costs.changes("grid")
    assert now["grid", first] > before["grid", first]
    assert now["grid", later] == before["grid", later]
    ports.costs.meter([cost("a", quantity=12.0, at=after(24 * 40))])  # it leaves its month
    assert all(count > now[key] for key, count in ports.costs.changes("grid").items())
