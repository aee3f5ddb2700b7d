"""The chance of a false promotion is spent over the candidates of a model, and earned back by fresh rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from flows.promotion import Comparison, allot, decide_promotion
from infra.domain.holdouts import HoldoutOutcome, HoldoutUse
from infra.spec import Promotion
from tests.builders import START

ROWS = 500


def use(number: int, outcome: HoldoutOutcome = "reject", *, first: int | None = None) -> HoldoutUse:
    """The use of a window of its own, an hour after the one before."""
    start = number * ROWS + 1 if first is None else first
    return HoldoutUse(
        id=f"u{number}",
        model="m",
        at=START + timedelta(hours=number),
        version=number + 2,
        run_id=f"r{number}",
        kind="window",
        first_seq=start,
        last_seq=start + ROWS - 1,
        rows=ROWS,
        sha256="",
        alpha=0.01,
        later=0.0,
        p_value=0.5,
        outcome=outcome,
    )


def window(number: int) -> range:
    return range(number * ROWS + 1, (number + 1) * ROWS + 1)


def test_the_first_candidate_may_use_most_and_later_ones_less() -> None:
    spent = [allot(0.99, [use(n) for n in range(count)], window(count)).alpha for count in range(5)]
    assert spent[0] == pytest.approx(0.01 * 6 / np.pi**2)
    assert spent == sorted(spent, reverse=True)
    assert spent[-1] == pytest.approx(0.0025), "fresh rows earn a floor: nobody is shut out for ever"


def test_rows_that_were_used_before_earn_nothing() -> None:
    uses = [use(n, first=1) for n in range(9)]
    again = allot(0.99, uses, window(0))
    assert (again.attempt, again.fresh) == (10, 0.0)
    assert again.alpha == pytest.approx(0.01 * 6 / (np.pi * 10) ** 2)
    assert "100% of whose rows were used before" in again.text


def test_one_holdout_asked_for_ever_never_gives_more_than_the_whole() -> None:
    uses: list[HoldoutUse] = []
    spent = 0.0
    for number in range(400):
        spent += allot(0.99, uses, window(0)).alpha
        uses.append(use(number, first=1))
    # the first look is at fresh rows, every other at worn ones
    assert spent <= 0.01


def test_a_promotion_begins_a_new_series() -> None:
    uses = [use(0), use(1), use(2, "promote")]
    assert allot(0.99, uses, window(3)).attempt == 1


def test_an_alarm_begins_a_new_series_on_fresh_rows_alone_and_raises_the_floor() -> None:
    uses = [use(n) for n in range(6)]
    alarm = START + timedelta(hours=5, minutes=30)
    assert allot(0.99, uses, window(6), alarm_since=alarm).attempt == 1
    assert allot(0.99, uses, window(5), alarm_since=alarm).attempt == 7
    later = [*uses, use(6), use(7)]
    assert allot(0.99, later, window(8), alarm_since=alarm).alpha == pytest.approx(0.005)


def test_what_is_kept_for_a_second_chance_comes_out_of_the_same_purse() -> None:
    whole, parted = allot(0.99, [], window(0)), allot(0.99, [], window(0), second_chance=True)
    assert parted.alpha + parted.later == pytest.approx(whole.alpha)
    assert parted.later > 0 == whole.later


def null_series(rng: np.random.Generator, candidates: int, gain: float = 0.0) -> int:
    """How many of a series of candidates, each judged on rows of its own, are promoted at an error of 10 %."""
    uses: list[HoldoutUse] = []
    for number in range(candidates):
        allotment = allot(0.99, uses, window(number))
        comparison = Comparison(
            task="classification",
            candidate=(rng.random(ROWS) < 0.10 - gain).astype(float),
            champion=(rng.random(ROWS) < 0.10).astype(float),
            baseline=np.ones(ROWS),
            sure=np.zeros(ROWS, dtype=np.bool_),
            slices={},
        )
        verdict = decide_promotion(comparison, Promotion(), allotment)
        uses.append(use(number, "promote" if verdict.promote else "reject"))
    return sum(one.outcome == "promote" for one in uses)


def test_candidates_that_are_no_better_are_promoted_as_rarely_as_the_purse_allows() -> None:
    """600 candidates in 10 series: at most 1.7 promotions are expected, and more than 5 in one run of a hundred."""
    rng = np.random.default_rng(11)
    promoted = [null_series(rng, 60) for _ in range(10)]
    assert sum(promoted) <= 5, promoted
    assert max(promoted) <= 2


def test_candidates_five_points_worse_are_never_promoted() -> None:
    assert null_series(np.random.default_rng(12), 60, gain=-0.05) == 0
