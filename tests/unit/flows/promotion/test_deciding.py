from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from flows.promotion import MINIMUM_ROWS, Comparison, Losses, decide_promotion, difference_interval, paired_p_value
from infra.spec import Promotion

RULES = Promotion()
TRIALS, ROWS = 200, 1_000


def wrong(rows: int, *places: range) -> Losses:
    """Losses of `rows` classes, wrong at these places."""
    losses = np.zeros(rows)
    for chosen in places:
        losses[list(chosen)] = 1.0
    return losses


def comparison(
    candidate: Losses,
    champion: Losses | None,
    *,
    task: str = "classification",
    baseline: Losses | None = None,
    sure: npt.NDArray[np.bool_] | None = None,
    slices: Mapping[str, npt.NDArray[np.object_]] | None = None,
) -> Comparison:
    rows = len(candidate)
    return Comparison(
        task=task,
        candidate=candidate,
        champion=champion,
        baseline=np.ones(rows) if baseline is None else baseline,
        sure=np.zeros(rows, dtype=np.bool_) if sure is None else sure,
        slices=slices or {},
    )


HALVES = np.array(["north"] * 100 + ["south"] * 100, dtype=object)
ALL_SURE = np.ones(200, dtype=np.bool_)
CASES = [
    ("clearly better", comparison(wrong(200), wrong(200, range(20))), True, set()),
    ("the same answers", comparison(wrong(200, range(20)), wrong(200, range(20))), False, {"better"}),
    ("clearly worse", comparison(wrong(200, range(20)), wrong(200)), False, {"better"}),
    ("better by 6 rows of 6: p = 1/64", comparison(wrong(200), wrong(200, range(6))), False, {"better"}),
    ("better by 7 rows of 7: p = 1/128", comparison(wrong(200), wrong(200, range(7))), True, set()),
    ("better, on too few rows", comparison(wrong(49), wrong(49, range(20))), False, {"enough_rows"}),
    ("better, on just enough rows", comparison(wrong(50), wrong(50, range(20))), True, set()),
    (
        "better over all, one slice harmed",
        comparison(wrong(200, range(100, 115)), wrong(200, range(60)), slices={"line": HALVES}),
        False,
        {"slice"},
    ),
    (
        "better over all, a slice too small to judge harmed",
        comparison(
            wrong(200, range(100, 115)),
            wrong(200, range(60)),
            slices={"line": np.array([str(row) for row in range(200)], dtype=object)},
        ),
        True,
        set(),
    ),
    (
        "better, but many sure answers were lost",
        comparison(wrong(200, range(100, 120)), wrong(200, range(50)), sure=ALL_SURE),
        True,  # it loses 10 % and sets 25 % right: 2 % and half of 25 % are allowed
        set(),
    ),
    (
        "better, but it loses nearly as many sure answers as it gains",
        comparison(wrong(200, range(100, 140)), wrong(200, range(70)), sure=ALL_SURE),
        False,
        {"negative_flips"},
    ),
    (
        "everything at once",
        comparison(wrong(40, range(20)), wrong(40), sure=np.ones(40, dtype=np.bool_)),
        False,
        {"enough_rows", "better", "negative_flips"},
    ),
]


@pytest.mark.parametrize(("compared", "promoted", "failed"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_candidate_is_promoted_only_when_every_rule_holds(
    compared: Comparison, promoted: bool, failed: set[str]
) -> None:
    verdict = decide_promotion(compared, RULES)
    assert verdict.promote is promoted
    assert {reason.rule for reason in verdict.reasons if not reason.passed} == failed
    assert verdict.accepted == pytest.approx(1.0 - compared.candidate.mean())


def test_a_first_champion_is_promoted_and_the_simple_model_is_told() -> None:
    verdict = decide_promotion(comparison(wrong(60, range(30)), None, baseline=wrong(60)), RULES)
    assert verdict.promote
    assert [reason.rule for reason in verdict.reasons] == ["first", "baseline"]
    assert "The simple model is better than the network" in verdict.reasons[1].text


def test_a_simple_model_that_is_as_good_is_said_so_and_keeps_nobody_from_promotion() -> None:
    better = comparison(wrong(200, range(3)), wrong(200, range(40)), baseline=wrong(200, range(4)))
    verdict = decide_promotion(better, RULES)
    assert verdict.promote
    assert "The simple model is as good" in verdict.reasons[-1].text


REGRESSION_CASES = [
    ("error halved", 0.5, True, set()),
    ("same error", 1.0, False, {"better"}),
    ("error doubled", 2.0, False, {"better"}),
]


@pytest.mark.parametrize(
    ("factor", "promoted", "failed"), [case[1:] for case in REGRESSION_CASES], ids=[c[0] for c in REGRESSION_CASES]
)
def test_numbers_are_judged_by_their_absolute_errors(factor: float, promoted: bool, failed: set[str]) -> None:
    errors = np.abs(np.random.default_rng(1).normal(size=200)) + 0.1
    verdict = decide_promotion(
        comparison(factor * errors, errors, task="regression", baseline=errors, slices={"line": HALVES}), RULES
    )
    assert verdict.promote is promoted
    assert failed <= {reason.rule for reason in verdict.reasons if not reason.passed}
    assert verdict.accepted == pytest.approx(factor * errors.mean())


def test_a_slice_of_numbers_that_gets_worse_is_named() -> None:
    errors = np.abs(np.random.default_rng(1).normal(size=200)) + 0.1
    candidate = np.where(HALVES == "north", 0.2 * errors, 1.5 * errors)
    verdict = decide_promotion(
        comparison(candidate, errors, task="regression", baseline=errors, slices={"line": HALVES}), RULES
    )
    assert not verdict.promote
    assert next(reason.text for reason in verdict.reasons if reason.rule == "slice").startswith("Slice line = south")


def test_the_p_value_is_exact_for_classes() -> None:
    gains, losses = 9, 2
    champion = wrong(100, range(gains))
    candidate = wrong(100, range(50, 50 + losses))
    expected = stats.binom.sf(gains - 1, gains + losses, 0.5)
    assert paired_p_value(champion, candidate) == pytest.approx(expected)
    assert paired_p_value(champion, champion) == 1.0


def test_a_constant_difference_of_numbers_is_certain_without_a_warning() -> None:
    assert paired_p_value(np.full(60, 2.5), np.full(60, 1.5)) == 0.0
    assert paired_p_value(np.full(60, 1.5), np.full(60, 2.5)) == 1.0


def test_the_interval_of_a_difference_holds_its_mean() -> None:
    mean, low, high = difference_interval(wrong(100, range(30)), wrong(100, range(10)))
    assert mean == pytest.approx(0.2)
    assert low < mean < high
    assert high - mean == pytest.approx(1.959964 * 0.4 / 10, rel=1e-6)


def promotions(rng: np.random.Generator, champion_accuracy: float, candidate_accuracy: float) -> int:
    """How many of 200 candidates are promoted, each with errors of its own on 1,000 rows."""
    count = 0
    for _ in range(TRIALS):
        champion = (rng.random(ROWS) > champion_accuracy).astype(float)
        candidate = (rng.random(ROWS) > candidate_accuracy).astype(float)
        count += decide_promotion(comparison(candidate, champion), RULES).promote
    return count


def test_null_candidates_are_promoted_no_more_often_than_the_confidence_allows() -> None:
    promoted = promotions(np.random.default_rng(7), 0.9, 0.9)
    bound = int(stats.binom.ppf(0.999, TRIALS, 1.0 - RULES.confidence))
    assert promoted <= bound, f"{promoted} of {TRIALS} null candidates were promoted; at most {bound} are chance"


def test_no_candidate_five_points_worse_is_promoted() -> None:
    assert promotions(np.random.default_rng(8), 0.9, 0.85) == 0


def test_most_candidates_five_points_better_are_promoted() -> None:
    assert promotions(np.random.default_rng(9), 0.85, 0.90) >= 0.75 * TRIALS


def test_the_least_rows_are_enough_to_be_sure_at_the_default_confidence() -> None:
    assert paired_p_value(wrong(MINIMUM_ROWS, range(7)), wrong(MINIMUM_ROWS)) <= 1.0 - RULES.confidence
