from __future__ import annotations

from dataclasses import replace

import pytest

from monitoring.budgets import Purse, decide_budget, judge_budgets

PURSE = Purse(key="model", owner="press", month="2026-03", cap=50.0, spent=40.0, currency="EUR", when_exceeded="defer")
CENTER = replace(PURSE, key="cost_center", owner="cost centre shop", cap=100.0, spent=99.0, when_exceeded="approve")


@pytest.mark.parametrize(
    ("purses", "forecast", "outcome", "over"),
    [
        ([], 1e9, "go", []),  # nobody set a cap
        ([PURSE], 10.0, "go", []),  # exactly what is left
        ([PURSE], 10.01, "refuse", ["press"]),
        ([PURSE], None, "go", []),  # of unknown cost: only an empty purse objects
        ([replace(PURSE, spent=50.0)], None, "refuse", ["press"]),
        ([replace(PURSE, spent=50.0)], 0.0, "refuse", ["press"]),
        ([CENTER], 2.0, "hold", ["cost centre shop"]),
        ([replace(PURSE, when_exceeded="alert")], 11.0, "go", ["press"]),
        ([CENTER, replace(PURSE, when_exceeded="alert")], 11.0, "hold", ["cost centre shop", "press"]),
        ([CENTER, PURSE], 11.0, "refuse", ["cost centre shop", "press"]),  # the strictest decides
    ],
)
def test_a_run_goes_ahead_waits_or_is_refused(
    purses: list[Purse], forecast: float | None, outcome: str, over: list[str]
) -> None:
    verdict = decide_budget(purses, forecast)
    assert (verdict.outcome, [purse.owner for purse in verdict.over]) == (outcome, over)


def test_a_refusal_says_whose_budget_how_much_is_left_and_what_to_do() -> None:
    verdict = decide_budget([PURSE], 12.5)
    assert verdict.text == (
        "A retraining is forecast at 12.5 EUR, and 10 EUR of this month's 50 EUR for press are left. It waits for the "
        "next month, or for a larger budget."
    )
    assert verdict.evidence == {"budget_figure": 12.5, "budget_limit": 10.0, "model_left": 10.0}


@pytest.mark.parametrize(
    ("spent", "severity"), [(39.9, None), (40.0, "warning"), (49.9, "warning"), (50.0, "critical"), (70.0, "critical")]
)
def test_an_alert_at_four_fifths_and_at_all_of_it(spent: float, severity: str | None) -> None:
    judgement = judge_budgets([replace(PURSE, spent=spent)], "press")
    assert [breach.severity for breach in judgement.breaches] == ([severity] if severity else [])
    assert judgement.judged == {"budget"}


def test_a_budget_of_nothing_alerts_once_something_was_spent() -> None:
    assert judge_budgets([replace(PURSE, cap=0.0, spent=0.0)], "press").breaches == ()
    (breach,) = judge_budgets([replace(PURSE, cap=0.0, spent=0.1)], "press").breaches
    assert breach.severity == "critical"


def test_model_and_cost_centre_have_alerts_of_their_own() -> None:
    judgement = judge_budgets([PURSE, CENTER], "press")
    assert len({breach.dedup_key for breach in judgement.breaches}) == 2
