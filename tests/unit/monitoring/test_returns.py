from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from infra.domain.returns import Return
from monitoring.returns import add_rows, profit_of, track_of
from tests.contracts.building import NOON
from tests.contracts.test_returns import RECORD

PRICED = replace(RECORD, wrong_decision=4.0)


def compared(better: int, worse: int, rows: int = 1000, record: Return = PRICED, days: float = 10.0) -> Return:
    """Rows of which the new version alone has some right, and some wrong."""
    old, new = np.zeros(rows), np.zeros(rows)
    old[:better], new[better : better + worse] = 1.0, 1.0
    return add_rows(record, old, new, through=NOON + timedelta(days=days), last_seq=5000)


def test_what_was_saved_what_it_cost_and_when_it_is_earned() -> None:
    profit = profit_of(compared(80, 30), cost=40.0)
    assert profit.gain_per_decision == pytest.approx(0.05)
    assert profit.decisions_improved == pytest.approx(50)
    assert profit.value == pytest.approx(200)
    assert profit.cost_per_decision_improved == pytest.approx(0.8)
    assert profit.payback_days == pytest.approx(2.0)
    assert (profit.did_pay, profit.verdict) == (True, "It paid.")
    assert profit.low is not None
    assert profit.high is not None
    half = 1.96 * np.sqrt((0.11 - 0.05**2) / 1000)
    assert (profit.low, profit.high) == pytest.approx((0.05 - half, 0.05 + half), abs=1e-4)


@pytest.mark.parametrize(
    ("record", "cost", "words"),
    [
        (compared(5, 1, rows=20), 1.0, "Not measured yet: 20 labelled rows"),
        (compared(20, 90), 1.0, "It did not pay: the version before would have answered better."),
        (compared(30, 28), 1.0, "It did not pay, so far: no gain over the version before is shown."),
        (compared(80, 30), 900.0, "It answers better, and has not earned its cost yet."),
        (compared(80, 30, record=RECORD), 1.0, "unknown without `costs.wrong_decision`"),
    ],
)
def test_a_promoted_model_that_did_not_pay_is_said(record: Return, cost: float, words: str) -> None:
    assert words in profit_of(record, cost).verdict


def test_what_is_not_known_is_not_0() -> None:
    unmeasured, unpriced = profit_of(PRICED, 1.0), profit_of(compared(80, 30, record=RECORD), None)
    assert (unmeasured.gain_per_decision, unmeasured.value, unmeasured.payback_days) == (None, None, None)
    assert (unpriced.value, unpriced.cost_per_decision_improved, unpriced.did_pay) == (None, None, None)
    assert profit_of(compared(30, 28), 1.0).did_pay is False  # it seems to have earned its cost, by chance
    losing = profit_of(compared(20, 90), 1.0)
    assert (losing.payback_days, losing.cost_per_decision_improved) == (None, None)


def test_numbers_gain_a_share_of_the_old_error() -> None:
    record = replace(PRICED, task="regression")
    grown = add_rows(record, np.full(100, 10.0), np.full(100, 7.5), through=NOON + timedelta(days=1), last_seq=100)
    profit = profit_of(grown, cost=10.0)
    assert profit.gain_per_decision == pytest.approx(0.25)
    assert profit.decisions_improved == pytest.approx(25)
    assert profit.value == pytest.approx(100)


def test_rows_added_in_parts_are_the_rows_added_at_once() -> None:
    rng = np.random.default_rng(3)
    old, new = rng.random(500), rng.random(500)
    whole = add_rows(PRICED, old, new, through=NOON, last_seq=500)
    parts = PRICED
    for start in range(0, 500, 100):
        cut = slice(start, start + 100)
        parts = add_rows(parts, old[cut], new[cut], through=NOON, last_seq=start + 100)
    assert (parts.rows, parts.better, parts.worse, parts.last_seq) == (whole.rows, whole.better, whole.worse, 500)
    assert parts.gain == pytest.approx(whole.gain)
    assert profit_of(parts, 1.0).low == pytest.approx(profit_of(whole, 1.0).low)


def test_the_interval_holds_the_true_gain_in_nineteen_of_twenty_cases() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(500):
        kinds = rng.choice([1.0, -1.0, 0.0], size=400, p=[0.12, 0.06, 0.82])
        profit = profit_of(
            add_rows(PRICED, np.maximum(kinds, 0), np.maximum(-kinds, 0), through=NOON, last_seq=400), 1.0
        )
        assert profit.low is not None
        assert profit.high is not None
        held += profit.low <= 0.06 <= profit.high
    assert 0.92 <= held / 500 <= 0.98


def test_how_far_forecasts_were_off() -> None:
    records = [
        replace(compared(80, 30), forecast_per_decision=0.05),  # as it came
        replace(compared(80, 30), forecast_per_decision=0.15),
        replace(compared(30, 30), forecast_per_decision=0.10),
        replace(compared(80, 30), forecast_per_decision=None),  # asked for by a person: nothing was forecast
    ]
    track = track_of([profit_of(one, 40.0) for one in records], retrains=9, cost=300.0)
    assert (track.retrains, track.promoted, track.paid, track.forecasts) == (9, 4, 3, 3)
    assert track.bias == pytest.approx((0.0 - 0.10 - 0.10) / 3)
    assert track.error == pytest.approx(0.2 / 3)
    assert track.within == pytest.approx(1 / 3)
    assert track.ratio == pytest.approx(0.10 / 0.30)
    assert track.value == pytest.approx(600.0)
    nothing = track_of([], retrains=0, cost=0.0)
    assert (nothing.value, nothing.bias, nothing.within, nothing.ratio) == (None, None, None, None)
