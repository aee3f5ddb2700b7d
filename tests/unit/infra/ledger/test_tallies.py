"""Sums of months, added up, are those of the entries, to the last bit."""

from __future__ import annotations

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from infra.domain.costs import CostEntry, Stage, Unit, price_of
from infra.ledger.statement import daily
from infra.ledger.summing import By, quantities, sums_by, totals
from infra.ledger.tallies import Tallied, added, exactly, tally_of
from tests.contracts.building import NOON, cost

UNITS: tuple[Unit, ...] = ("cpu_second", "gpu_second", "label", "act", "kwh", "kg_co2e")
STAGES: tuple[Stage, ...] = ("train", "monitor", "serve", "label", "review", "storage")
BYS: tuple[Tallied, ...] = ("stage", "model", "cost_center", "owner", "month", "group")
amounts = st.floats(1e-9, 1e9)


@st.composite
def an_entry(draw: st.DrawFn) -> CostEntry:
    return cost(
        draw(st.uuids()).hex,
        model=draw(st.sampled_from("ab")),
        run_id=draw(st.sampled_from([None, "r1", "r2"])),
        stage=draw(st.sampled_from(STAGES)),
        unit=draw(st.sampled_from(UNITS)),
        at=NOON + timedelta(hours=draw(st.integers(0, 2000))),
        quantity=draw(amounts),
        amount=draw(st.none() | amounts),
        currency=draw(st.sampled_from(["EUR", "USD"])),
        cost_center=draw(st.sampled_from(["x", "y"])),
        owner=draw(st.sampled_from(["o", "p"])),
        basis=draw(st.sampled_from(["measured", "assumed"])),
        low=draw(st.none() | amounts),
    )


@given(st.lists(an_entry(), max_size=30), st.data())
def test_tallies_of_parts_give_what_all_entries_give(entries: list[CostEntry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(entries)))
    found = added([tally_of(entries[:cut]), tally_of(entries[cut:])])
    for by in BYS:
        wanted: By = by
        assert found.sums(by) == sums_by(entries, wanted)
    assert found.total() == totals(entries)
    assert found.quantities() == quantities(entries)
    assert [found.daily(currency) for currency in ("EUR", "USD")] == [daily(entries, one) for one in ("EUR", "USD")]
    by_run = {run: [one for one in entries if one.run_id == run] for run in ("r1", "r2")}
    costs = {run: price_of(parts) for run, parts in by_run.items() if parts}
    assert found.run_costs() == {run: price for run, price in costs.items() if price is not None}
    assert (found.entries, found.last) == (len(entries), max((one.at for one in entries), default=None))


@given(st.lists(st.floats(-1e12, 1e12), max_size=200))
def test_a_few_numbers_have_the_sum_of_many(numbers: list[float]) -> None:
    assert math.fsum(exactly(numbers)) == math.fsum(numbers)
    assert len(exactly(numbers)) <= max(1, len(numbers))
