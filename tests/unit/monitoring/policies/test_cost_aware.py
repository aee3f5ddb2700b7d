from __future__ import annotations

import numpy as np
import pytest

from monitoring.policies.cost_aware import CostAware
from monitoring.policies.policy import Verdict
from monitoring.policies.situation import PastRetrain
from tests.unit.monitoring.building import past, report, situation, spec, window


def _decide(
    values: list[float], *, runs: tuple[PastRetrain, ...] = (), metric: str = "accuracy", **known: object
) -> Verdict:
    windows = tuple(window(index, performance=report(value, metric=metric)) for index, value in enumerate(values))
    return CostAware(spec=spec()).decide(situation(windows=windows, past=runs, metric=metric, **known))


def test_a_champion_that_does_as_well_as_possible_is_left_alone() -> None:
    assert not _decide([0.9, 0.91, 0.9]).retrain


def test_a_clear_loss_is_answered_at_once() -> None:
    verdict = _decide([0.9, 0.8])
    assert verdict.retrain
    assert verdict.evidence["regret"] == pytest.approx(50.0)
    assert "Staying has cost 50.0 wrong decisions" in verdict.reason


def test_a_small_loss_adds_up() -> None:
    assert not _decide([0.89]).retrain
    assert _decide([0.89, 0.89]).retrain


def test_noise_alone_asks_for_a_retraining_in_a_minority_of_windows() -> None:
    rng = np.random.default_rng(0)
    noisy = [[float(v) for v in rng.binomial(500, 0.9, size=2) / 500] for _ in range(200)]
    assert np.mean([_decide(values).retrain for values in noisy]) <= 0.3


def test_it_compares_with_what_a_fresh_fit_reaches_and_not_with_a_bad_champion() -> None:
    runs = (past(validation=0.9),)
    assert _decide([0.7], runs=runs, accepted=0.7).retrain
    assert not _decide([0.7], runs=(past(validation=0.7),), accepted=0.7).retrain


def test_windows_before_the_last_retraining_do_not_count() -> None:
    verdict = _decide([0.5, 0.5], trained_seq=1000)
    assert not verdict.retrain
    assert "measured yet" in verdict.reason


def test_a_dear_retraining_waits_for_more_regret() -> None:
    cheap, dear = past(cost=10.0), past(cost=1000.0)
    assert _decide([0.8], runs=(cheap,), wrong_decision=4.0).retrain
    waiting = _decide([0.8], runs=(dear,), wrong_decision=4.0)
    assert not waiting.retrain
    assert waiting.evidence["price"] == 250.0
    assert _decide([0.8] * 6, runs=(dear,), wrong_decision=4.0, decisions_ahead=5000).retrain
    assert not _decide([0.8] * 6, runs=(dear,), wrong_decision=4.0, decisions_ahead=500).retrain


def test_without_prices_it_weighs_cpu_seconds() -> None:
    assert _decide([0.8], runs=(past(cpu=20.0),)).retrain
    assert not _decide([0.8], runs=(past(cpu=80.0),)).retrain


def test_it_backs_off_when_retraining_does_not_pay_and_returns_when_it_does() -> None:
    failed = past(promoted=False)
    assert _decide([0.86, 0.86], runs=(failed, past())).evidence["regret_needed"] == 10.0
    assert _decide([0.86, 0.86], runs=(past(), failed)).evidence["regret_needed"] == 20.0
    assert _decide([0.86, 0.86], runs=(failed,) * 9).evidence["regret_needed"] == 20.0


def test_mae_counts_as_a_relative_loss() -> None:
    assert not _decide([1.01], metric="mae", accepted=1.0).retrain
    verdict = _decide([1.2], metric="mae", accepted=1.0)
    assert verdict.retrain
    assert verdict.evidence["regret"] == pytest.approx(100.0)


def test_it_goes_back_to_scratch_when_warm_updates_did_not_recover() -> None:
    assert _decide([0.5], runs=(past(promoted=False),) * 3).how == "scratch"
