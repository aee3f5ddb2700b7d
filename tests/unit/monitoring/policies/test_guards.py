from __future__ import annotations

from datetime import timedelta

from monitoring.policies import refusals
from monitoring.policies.guards import refusal_evidence
from tests.unit.monitoring.building import START, past, situation, spec


def _guards(given: object, **sections: object) -> list[str]:
    return [refusal.guard for refusal in refusals(given, spec(**sections))]  # type: ignore[arg-type]  # a Situation


def test_nothing_stands_in_the_way_by_default() -> None:
    assert _guards(situation()) == []


def test_too_few_labels_are_refused_with_both_numbers() -> None:
    (refusal,) = refusals(situation(new_labels=199), spec())
    assert (refusal.guard, refusal.figure, refusal.limit) == ("min_labels", 199.0, 200.0)
    assert refusal_evidence((refusal,)) == {"min_labels_figure": 199.0, "min_labels_limit": 200.0}


def test_a_cool_down_counts_rows_or_time() -> None:
    assert _guards(situation(arrivals_since=99), retraining={"cool_down": "100 rows"}) == ["cool_down"]
    assert _guards(situation(arrivals_since=100), retraining={"cool_down": "100 rows"}) == []
    early = situation(at=START + timedelta(minutes=59))
    assert _guards(early, retraining={"cool_down": "1h"}) == ["cool_down"]


def test_a_budget_refuses_what_the_forecast_exceeds() -> None:
    runs = (past(cost=2.0), past(cost=4.0))
    budget = {"monthly": 50}
    assert _guards(situation(past=runs, budget_left=2.9), budget=budget) == ["budget"]
    assert _guards(situation(past=runs, budget_left=3.0), budget=budget) == []
    assert _guards(situation(past=runs, budget_left=-1.0), budget=budget) == ["budget"]
    assert _guards(situation(past=runs, budget_left=-1.0), budget={"monthly": 50, "when_exceeded": "alert"}) == []


def test_before_the_first_run_only_an_empty_purse_refuses() -> None:
    assert _guards(situation(budget_left=0.01), budget={"monthly": 50}) == []
    assert _guards(situation(budget_left=0.0), budget={"monthly": 50}) == ["budget"]


def test_every_guard_that_refuses_is_named() -> None:
    found = _guards(
        situation(new_labels=1, arrivals_since=1, budget_left=0.0),
        retraining={"cool_down": "10 rows"},
        budget={"monthly": 1},
    )
    assert found == ["min_labels", "cool_down", "budget"]
