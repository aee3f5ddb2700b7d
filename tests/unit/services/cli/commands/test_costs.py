from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.domain.costs import CostEntry
from services.cli.spending import By, sums_by, totals
from tests.unit.services.cli.commands.conftest import MODEL_FILE, Place

ENTRY = CostEntry(
    id="e",
    model="press",
    run_id=None,
    stage="label",
    at=datetime(2024, 1, 31, 23, 0, tzinfo=UTC),
    quantity=10,
    unit="label",
    rate=0.5,
    amount=5.0,
    currency="EUR",
    cost_center="other-shop",
    wall_seconds=0.0,
    measured="counted",
)


@pytest.mark.parametrize("by", ["stage", "run", "month", "cost-center"])
def test_sums_equal_the_entries(place: Place, by: str) -> None:
    place.ports.costs.add([ENTRY])
    found = place.json("costs", "press", "--by", by)
    total = place.ports.costs.total("press")
    assert found["total"] == {"EUR": pytest.approx(total)}
    assert sum(one["amount"] for one in found["sums"]) == pytest.approx(total)
    assert sum(one["entries"] for one in found["sums"]) == found["entries"]


def test_the_budget_says_what_it_has_left(place: Place) -> None:
    known = place.ports.models.get("press")
    place.ports.models.save(replace(known, spec_yaml=f"{MODEL_FILE}budget: {{monthly: 20}}\n"))
    spent = place.ports.costs.total("press")
    month = place.json("costs", "press")["months"]["press"]
    assert (month["name"], month["budget"], month["left"]) == ("2024-01", 20.0, pytest.approx(20 - spent))
    assert "EUR left" in place.run("costs")[1]


def test_every_entry_as_csv(place: Place) -> None:
    _, out, _ = place.run("costs", "press", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert math.fsum(float(row["amount"] or 0) for row in rows) == pytest.approx(place.ports.costs.total("press"))
    assert {row["stage"] for row in rows} >= {"prepare", "train", "evaluate"}
    _, out, _ = place.run("costs", "--csv", "--by", "month")
    assert out.splitlines()[0] == "month,amount,currency,entries"
    assert out.splitlines()[1].startswith("2024-01,")


def test_an_empty_home_and_a_wrong_wish(empty: Place) -> None:
    assert empty.run("costs")[:2] == (0, "nothing was spent yet\n")
    assert empty.run("costs", "press")[0] == 1
    assert empty.run("costs", "--by", "colour")[0] == 2
    assert empty.run("costs", "--csv", "--json")[0] == 2


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["EUR", "USD"]), st.sampled_from(["train", "label"]))))
def test_nothing_is_lost_between_currencies_and_stages(given_: list[tuple[float, str, str]]) -> None:
    entries = [replace(ENTRY, amount=a, currency=c, stage=s) for a, c, s in given_]  # type: ignore[arg-type]  # drawn
    by: By = "stage"
    sums = sums_by(entries, by)
    for currency, amount in totals(entries).items():
        assert math.fsum(one.amount for one in sums if one.currency == currency) == pytest.approx(amount)
    assert sum(one.entries for one in sums) == len(entries)
