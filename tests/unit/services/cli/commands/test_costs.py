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
from infra.ledger.summing import By, sums_by, totals
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


@pytest.mark.parametrize("by", ["stage", "run", "model", "month", "cost-center", "owner", "group"])
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


def test_a_month_with_unpriced_computing_is_unknown_and_not_0(place: Place) -> None:
    known = place.ports.models.get("press")
    place.ports.models.save(replace(known, spec_yaml=f"{MODEL_FILE}budget: {{monthly: 20}}\n"))
    newest = place.ports.costs.page("press", 1)[0]
    place.ports.costs.add([replace(newest, id="unpriced", unit="cpu_second", rate=None, amount=None)])
    month = place.json("costs", "press")["months"]["press"]
    assert (month["spent"], month["left"]) == (None, None)
    assert "press: unknown in 2024-01, since computing has no price" in place.run("costs")[1]


def test_every_entry_as_csv(place: Place) -> None:
    _, out, _ = place.run("costs", "press", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert math.fsum(float(row["amount"] or 0) for row in rows) == pytest.approx(place.ports.costs.total("press"))
    assert {row["stage"] for row in rows} >= {"prepare", "train", "evaluate"}
    _, out, _ = place.run("costs", "--csv", "--by", "month")
    assert out.splitlines()[0] == "month,amount,currency,entries,unpriced,cpu_seconds"
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


def test_the_page_is_whole_and_says_what_is_unpriced(place: Place) -> None:
    place.ports.costs.add([ENTRY, replace(ENTRY, id="u", rate=None, amount=None, quantity=12.0)])
    path = place.folder / "out" / "costs.html"
    code, out, err = place.run("costs", "press", "--html", path)
    assert (code, f"wrote {path}" in err) == (0, True)
    page = path.read_text()
    assert "<script" not in page
    assert "http" not in page
    assert "(`labels.cost_each` prices them)" in page
    assert "energy: unknown" in page
    assert "priced" in out


def test_a_name_cannot_become_a_formula_or_markup(place: Place) -> None:
    place.ports.costs.add([replace(ENTRY, cost_center="=cmd|' /C calc'!A1", owner="<b>me</b>")])
    assert "'=cmd|" in place.run("costs", "press", "--csv", "--by", "cost-center")[1]
    path = place.folder / "costs.html"
    place.run("costs", "press", "--html", path)
    assert "<b>me</b>" not in path.read_text()


def test_a_page_that_cannot_be_written_is_said(place: Place) -> None:
    (place.folder / "file").write_text("")
    code, _, err = place.run("costs", "press", "--html", place.folder / "file" / "costs.html")
    assert (code, "choose another place" in err) == (1, True)


def test_measured_and_priced_seconds_are_told(place: Place) -> None:
    entries = place.ports.costs.page("press", 999)
    seconds = sum(entry.quantity for entry in entries if entry.unit == "cpu_second")
    found = place.json("costs", "press")
    assert found["quantities"]["cpu_second"]["quantity"] == pytest.approx(seconds)
    assert found["quantities"]["cpu_second"]["priced"] == pytest.approx(seconds)
    assert f"measured {seconds:,.2f} CPU seconds, priced {seconds:,.2f}" in place.run("costs", "press")[1]
