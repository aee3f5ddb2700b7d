from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from infra.domain.alerts import Alert
from monitoring.policies.cost_aware import (
    LONGEST_WAIT,
    SURE,
    CostAware,
    best_rival,
    departure,
    gain_rate,
    patience,
    worth_waiting,
)
from monitoring.policies.policy import Verdict
from monitoring.policies.situation import PastRetrain, Rival
from tests.unit.monitoring.building import START, past, report, situation, spec, window


def _decide(
    values: list[float], *, runs: tuple[PastRetrain, ...] = (), metric: str = "accuracy", **known: object
) -> Verdict:
    windows = tuple(window(index, performance=report(value, metric=metric)) for index, value in enumerate(values))
    given: dict[str, object] = {"new_labels": 500, **known}
    return CostAware(spec=spec()).decide(situation(windows=windows, past=runs, metric=metric, **given))


def gained(gain: float, **known: object) -> PastRetrain:
    return past(gain=gain, gain_error=0.001, **known)  # type: ignore[arg-type]  # known varies by test


def _alarm() -> Alert:
    given = {"model": "m", "severity": "critical", "state": "open", "dedup_key": "k", "message": "", "evidence": {}}
    return Alert(id="a", rule="accuracy_degraded", opened_at=START, updated_at=START, **given)  # type: ignore[arg-type]


def test_an_unknown_stream_is_tried() -> None:
    verdict = _decide([0.9])
    assert verdict.retrain
    assert verdict.evidence["expected_gain"] == pytest.approx(0.01)


def test_nothing_is_decided_before_labels_have_come() -> None:
    assert not _decide([]).retrain
    assert not _decide([0.9], new_labels=0).retrain
    assert "measured yet" in _decide([]).reason


def test_updates_that_gain_go_on_at_every_window() -> None:
    assert _decide([0.9, 0.9], runs=(gained(0.02),) * 5).retrain


def test_a_stream_without_gains_is_left_alone_and_tried_ever_more_rarely() -> None:
    runs = (gained(-0.004, cpu=4.0), *(gained(-0.004, cpu=4.0, how="scratch"),) * 11)
    waiting = [_decide([0.9] * 9, runs=runs, new_labels=500 * stale).retrain for stale in range(1, LONGEST_WAIT + 1)]
    assert waiting == [False] * (LONGEST_WAIT - 1) + [True]
    assert "it waits" in _decide([0.9] * 9, runs=runs).reason


def test_where_an_update_is_nearly_free_nothing_is_saved_by_waiting() -> None:
    assert _decide([0.9] * 9, runs=(gained(-0.004, cpu=0.01, how="scratch"),) * 12).retrain
    assert [worth_waiting(price, 500) for price in (None, 0.1, 2.0, 50.0)] == [1, 1, 4, LONGEST_WAIT]


def test_where_updates_do_harm_it_begins_anew_on_all_of_the_past_and_not_twice_in_a_row() -> None:
    harm = (gained(-0.02, cpu=0.1),) * 8
    verdict = _decide([0.9] * 9, runs=harm)
    assert (verdict.retrain, verdict.how, verdict.past) == (True, "scratch", "growing")
    again = _decide([0.9] * 9, runs=(*harm, gained(-0.02, cpu=1.0, how="scratch")))
    assert (again.how, again.past) == ("warm", "reservoir")
    dear = _decide([0.9] * 9, runs=tuple(gained(-0.02, cpu=20.0) for _ in range(8)))
    assert not dear.retrain


def test_a_handful_of_losses_that_lie_apart_is_no_proof_of_harm() -> None:
    runs = tuple(gained(gain, cpu=0.1) for gain in (-0.4, -0.05, 0.02, -0.3, -0.1))
    rate, error, _ = gain_rate(runs)
    assert rate + error < 0.0 < rate + 2.0 * error
    assert _decide([0.5] * 5, runs=runs).how == "warm"


def test_noise_about_gains_gives_the_benefit_of_the_doubt() -> None:
    noisy = tuple(past(gain=gain, gain_error=0.015) for gain in (0.01, -0.02, 0.01, -0.01, 0.0, -0.012))
    assert _decide([0.9] * 3, runs=noisy).retrain


def test_a_window_that_departs_from_the_ones_before_ends_the_wait() -> None:
    runs = (gained(-0.004, cpu=4.0, how="scratch"),) * 12
    assert not _decide([0.9, 0.9, 0.9, 0.9], runs=runs).retrain
    changed = _decide([0.9, 0.9, 0.9, 0.7], runs=runs)
    assert changed.retrain
    assert "worse than the ones before" in changed.reason


def test_noise_alone_departs_in_one_window_of_a_hundred_at_most() -> None:
    rng = np.random.default_rng(0)
    streams = [[float(v) for v in rng.binomial(500, 0.9, size=5) / 500] for _ in range(500)]
    reports = [[window(i, performance=report(v, half=0.0346)) for i, v in enumerate(values)] for values in streams]
    assert np.mean([departure(one, situation())[0] > 3.0 for one in reports]) <= 0.01


def test_what_a_retraining_costs_is_weighed_by_prices() -> None:
    cheap, dear = (gained(0.02, cost=1.0),) * 4, (gained(0.02, cost=1000.0),) * 4
    assert _decide([0.9], runs=cheap, wrong_decision=4.0).retrain
    refused = _decide([0.9], runs=dear, wrong_decision=4.0)
    assert not refused.retrain
    assert refused.evidence["price"] == 250.0
    assert _decide([0.9], runs=dear, wrong_decision=4.0, decisions_ahead=50_000).retrain


def test_without_prices_a_second_of_computing_weighs_one_wrong_decision() -> None:
    assert _decide([0.9], runs=(gained(0.02, cpu=2.0),) * 4).retrain
    assert not _decide([0.9], runs=(gained(0.02, cpu=80.0),) * 4).retrain


def test_it_rests_after_rejections_and_longer_after_each() -> None:
    runs = (gained(0.02),) * 4
    assert _decide([0.9], runs=(*runs, past(promoted=False)), new_labels=1_000).retrain
    assert not _decide([0.9], runs=(*runs, past(promoted=False)), new_labels=500).retrain
    assert not _decide([0.9], runs=(*runs, *[past(promoted=False)] * 2), new_labels=1_500).retrain


def test_an_alert_about_accuracy_that_stands_shortens_the_rest() -> None:
    runs = (*[gained(0.02)] * 4, *[past(promoted=False)] * 3)
    alert = _alarm()
    assert not _decide([0.9], runs=runs, new_labels=1_000).retrain
    assert _decide([0.9], runs=runs, new_labels=1_000, alerts=(alert,)).retrain
    assert not _decide([0.9], runs=runs, new_labels=500, alerts=(alert,)).retrain
    assert not _decide([0.9], runs=runs, new_labels=1_000, alerts=(replace(alert, rule="input_drift"),)).retrain


def test_it_escalates_to_scratch_when_warm_updates_were_not_promoted() -> None:
    assert _decide([0.5], runs=(past(promoted=False),) * 3, new_labels=5_000).how == "scratch"


def test_an_earlier_version_is_brought_back_only_when_it_is_surely_better() -> None:
    sure, unsure = Rival(version=3, gain=0.1, error=0.02, rows=500), Rival(version=4, gain=0.2, error=0.1, rows=500)
    verdict = _decide([0.9, 0.7], rivals=(sure, unsure))
    assert (verdict.how, verdict.version) == ("bring_back", 3)
    assert "Version 3" in verdict.reason
    assert best_rival((unsure,), SURE) is None


def test_a_champion_that_is_known_to_be_wrong_gives_way_sooner() -> None:
    alert = _alarm()
    near = Rival(version=3, gain=0.078, error=0.02, rows=500)
    still = [0.8, 0.8, 0.8]
    assert _decide(still, rivals=(near,)).how != "bring_back", "one of thousands is so far out by chance"
    assert _decide(still, rivals=(near,), alerts=(alert,)).how == "bring_back"
    assert _decide([0.9, 0.9, 0.6], rivals=(near,)).how == "bring_back"


def test_more_earlier_versions_are_asked_when_a_window_departs() -> None:
    windows = [window(index, performance=report(value)) for index, value in enumerate((0.9, 0.9, 0.6))]
    policy = CostAware(spec=spec())
    asked = [policy.wants_rivals(situation(windows=tuple(windows[:count]))) for count in (0, 2, 3)]
    assert asked == [0, 2, 8]
    assert policy.wants_rivals(situation(windows=tuple(windows), brought_back=True)) == 0


def test_no_earlier_version_is_asked_about_a_handful_of_rows() -> None:
    few = replace(report(0.6), labelled=60)
    windows = (window(0, performance=report(0.9)), window(1, performance=few))
    assert CostAware(spec=spec()).wants_rivals(situation(windows=windows)) == 0


def test_gains_are_pooled_per_window_of_staleness_the_newest_weighing_most() -> None:
    rate, error, known = gain_rate((gained(0.08, stale_windows=8.0),))
    assert rate == pytest.approx((0.02 + 0.08) / 10)
    assert known == 1
    assert 0.0 < error < 0.001
    assert gain_rate((gained(0.05), gained(-0.05)))[0] < gain_rate((gained(-0.05), gained(0.05)))[0]


def test_gains_that_lie_far_apart_say_little_however_surely_each_was_measured() -> None:
    steady, torn = (gained(-0.01),) * 4, tuple(gained(gain) for gain in (0.3, -0.3, 0.25, -0.3))
    assert gain_rate(steady)[1] < 0.02
    assert gain_rate(torn)[1] > 0.1
    assert _decide([0.7] * 3, runs=torn).retrain


def test_patience_doubles_up_to_its_limit() -> None:
    assert [patience((gained(-0.01),) * failed) for failed in (0, 1, 2, 9)] == [1, 2, 4, LONGEST_WAIT]
    assert patience((gained(-0.01), gained(0.01))) == 1
