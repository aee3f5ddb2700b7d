"""The pages of costs: nothing unknown or unpriced is shown as 0, choices stand in the address, and sheets are whole."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from infra.domain.returns import Return
from infra.ports import Ports
from services.accounts.backtests import KeptBacktest, keep_backtest, kept_backtest
from services.dashboard.policy_picture import policy_picture
from services.dashboard.spending import month_of
from tests.contracts import building as make
from tests.unit.services.dashboard.building import HOSTILE, SPEC, Browser, register
from tests.unit.services.dashboard.test_pages import Page, page

COSTS = "/models/grid/costs"


def backtest(**changes: object) -> dict[str, object]:
    line = {"gain": 0.0, "trainings": 1, "brought_back": 0, "total": 9.0, "regret": 1.0, "on_frontier": True}
    names = (("never", 0.7, 0.0), ("cost_aware", 0.9, 4.0), ("every 500 rows", 0.89, 40.0))
    lines = [{**line, "policy": name, "score": score, "cpu_seconds": cpu} for name, score, cpu in names]
    record: dict[str, object] = {
        "model": "grid",
        "metric": "accuracy",
        "rows": 5000,
        "windows": 10,
        "days": 30.0,
        "priced": True,
        "currency": "EUR",
        "lines": lines,
        "oracle_score": 0.93,
        "recommended": "cost_aware",
        "in_force": "never",
        "recommendation": "Use `cost_aware`.",
    }
    return record | changes


def test_sums_are_added_up_by_what_the_address_says(client: Browser) -> None:
    for by, word in (("stage", "label"), ("month", "2026-03"), ("cost_center", "grid"), ("owner", "unowned")):
        found = page(client, f"{COSTS}?by={by}")
        assert word in found.text
        chosen = [attrs["href"] for tag, attrs in found.tags if tag == "a" and attrs.get("aria-current") == "true"]
        assert chosen == [f"{COSTS}?by={by}#where"]


def test_what_has_no_price_is_unpriced_and_never_0(client: Browser, ports: Ports) -> None:
    ports.costs.add([make.cost("bytes", stage="storage", unit="gb_month", rate=None, amount=None)])
    html = client.get(f"{COSTS}?by=stage").text
    row = html[html.index('<tr><td class="">storage') :].split("</tr>")[0]
    assert "unpriced" in row
    assert " 0 EUR" not in row
    assert "Unpriced:" in Page(html).text


def test_energy_nobody_measured_is_unknown_and_a_measured_one_says_how(client: Browser, ports: Ports) -> None:
    assert "Energy unknown" in page(client, COSTS).text
    made = {"unit": "kwh", "rate": None, "amount": None, "low": 0.6, "high": 1.4, "quantity": 1.0}
    ports.costs.add([make.cost("kwh", **made, measured="estimated from the load", basis="estimated", run_id="run")])
    text = page(client, COSTS).text
    assert "1 kWh 0.6 to 1.4" in text
    assert "Estimated: estimated from the load" in text
    assert "Carbon dioxide equivalent unknown" in text


def test_a_month_whose_computing_has_no_price_is_unknown(client: Browser, ports: Ports) -> None:
    ports.costs.add([make.cost("seconds", at=make.after(24), rate=None, amount=None)])
    assert "unknown: computing has no price" in page(client, COSTS).text


def test_a_forecast_takes_a_week_and_then_reaches_the_ends_of_month_and_year(client: Browser, ports: Ports) -> None:
    assert "it takes a week of costs" in page(client, COSTS).text
    ports.costs.add([make.cost(f"day {day}", at=make.NOON + timedelta(days=day), amount=1.0) for day in range(1, 10)])
    text = page(client, COSTS).text
    assert "This month, to its end" in text
    assert "This year, to its end" in text


def test_a_budget_is_over_in_words_too(client: Browser, ports: Ports) -> None:
    assert "within budget" in page(client, COSTS).text
    ports.costs.add([make.cost("dear", amount=50.0)])
    assert "over budget" in page(client, "/costs").text


def test_every_promoted_retraining_has_its_account(client: Browser, ports: Ports) -> None:
    assert "No retraining was promoted yet" in page(client, COSTS).text
    ports.returns.save(returned())
    text = page(client, COSTS).text
    assert "+10.0%" in text
    assert "It paid." in text
    ports.returns.save(replace(returned(), rows=3))
    assert "Not measured yet" in page(client, COSTS).text
    assert "unknown" in page(client, COSTS).text


def returned() -> Return:
    return Return(
        run_id="run",
        model="grid",
        version=2,
        previous_version=1,
        task="classification",
        at=make.NOON,
        through=make.after(24),
        last_seq=900,
        rows=500,
        better=60,
        worse=10,
        gain=50.0,
        gain_squares=70.0,
        old_loss=90.0,
        wrong_decision=4.0,
        currency="EUR",
    )


def sheet(client: Browser, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_ledger_is_taken_away_whole(client: Browser, ports: Ports) -> None:
    ports.costs.add([make.cost("odd", cost_center="=cmd|'/c calc'!A1", amount=0.1 + 0.2)])
    register(ports, "other", SPEC.replace("grid", "other"))
    ports.costs.add([make.cost("elsewhere", model="other")])
    rows = sheet(client, f"{COSTS}/ledger.csv")
    assert [row["id"] for row in rows] == [entry.id for entry in ports.costs.page("grid", 10)]
    odd = next(row for row in rows if row["id"] == "odd")
    assert odd["cost_center"].startswith("'=")
    assert float(odd["amount"]) == 0.1 + 0.2
    assert len(sheet(client, "/costs/ledger.csv")) == len(rows) + 1


def test_the_table_that_is_shown_is_taken_away_as_well(client: Browser) -> None:
    rows = sheet(client, f"{COSTS}/sums.csv?by=stage")
    assert {(row["stage"], float(row["amount"])) for row in rows} == {("label", 0.75), ("train", 0.25)}


def test_a_kept_backtest_is_drawn_with_todays_policy_marked(client: Browser, ports: Ports) -> None:
    assert "keepsharp backtest models/grid/model.yaml --keep" in page(client, COSTS).text
    keep_backtest(ports.artifacts, backtest(), model="grid", made_at=make.NOON)
    text = page(client, COSTS).text
    assert "Use cost_aware." in text
    assert "never (today's)" in text
    assert "cost_aware (recommended)" in text
    assert "Use cost_aware." in page(client, "/costs").text


def test_names_of_policies_do_not_lie_on_each_other() -> None:
    found = policy_picture(KeptBacktest.model_validate(backtest()))
    assert found is not None
    assert all(below.text_y - above.text_y >= 15 for above, below in pairwise(found.points))
    assert len(found.across) >= 2


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"made_at": "2026-03-01T00:00:00+00:00", "record": {"a": 1}})])
def test_a_kept_backtest_that_cannot_be_read_is_as_good_as_none(ports: Ports, text: str) -> None:
    path = keep_backtest(ports.artifacts, backtest(), model="grid", made_at=make.NOON)
    assert kept_backtest(ports.artifacts, "grid") is not None
    path.write_text(text)
    assert kept_backtest(ports.artifacts, "grid") is None


def test_an_unaccepted_model_file_leaves_its_budget_unknown_and_nothing_else(client: Browser, ports: Ports) -> None:
    register(ports, "old", "model: old\nwhatever: 1\n")
    assert "The model file of old is not accepted any more" in page(client, "/costs").text


def test_hostile_words_stay_words(client: Browser, ports: Ports) -> None:
    ports.costs.add(
        [make.cost("odd", owner=HOSTILE, cost_center=HOSTILE, measured=HOSTILE, unit="kwh", run_id=HOSTILE)]
    )
    keep_backtest(ports.artifacts, backtest(recommendation=HOSTILE, in_force=HOSTILE), model="grid", made_at=make.NOON)
    for by in ("owner", "cost_center"):
        html = client.get(f"{COSTS}?by={by}").text
        assert "<script>alert" not in html
        assert HOSTILE in "".join(Page(html).words)


def test_nothing_spent_is_said(client: Browser, ports: Ports) -> None:
    register(ports, "new", SPEC.replace("grid", "new"))
    assert "Nothing was spent yet." in page(client, "/models/new/costs").text


def test_what_was_paid_in_another_currency_takes_nothing_from_the_budget(ports: Ports) -> None:
    ports.costs.add([make.cost("there", amount=2.0, currency="EUR"), make.cost("here", amount=3.0, currency="USD")])
    before, after = (month_of(ports.costs, "grid", make.NOON, 10.0, name) for name in ("EUR", "USD"))
    assert before.spent is not None
    assert after.spent == 3.0
    assert after.left == 7.0
