from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.domain.alerts import Alert
from infra.domain.errors import SpecError
from monitoring.policies import policy_for
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import Situation
from tests.unit.monitoring.building import START, drifted, past, report, situation, spec, window


def _decide(policy: str, given: Situation, **retraining: object) -> Verdict:
    return policy_for(spec(retraining={"policy": policy, **retraining})).decide(given)


def _alert(last_seq: int, **changes: object) -> Alert:
    alert = Alert(
        id="a",
        model="m",
        rule="accuracy_degraded",
        severity="critical",
        state="open",
        dedup_key="m:accuracy_degraded",
        opened_at=START,
        updated_at=START,
        message="accuracy 0.5 is worse than 0.87",
        evidence={"last_seq": last_seq, "accuracy": 0.5},
    )
    return replace(alert, **changes)  # type: ignore[arg-type]  # changes vary by test


def test_never_never_does() -> None:
    worst = situation(alerts=(_alert(900),), windows=(window(drift=drifted([True] * 5)),))
    assert not _decide("never", worst).retrain


@pytest.mark.parametrize(("arrivals", "due"), [(999, False), (1000, True)])
def test_every_takes_two_windows_unless_told_otherwise(arrivals: int, due: bool) -> None:
    assert _decide("every", situation(arrivals_since=arrivals)).retrain is due


def test_every_may_count_time() -> None:
    soon = situation(at=START + timedelta(hours=23))
    late = situation(at=START + timedelta(hours=24))
    assert not _decide("every", soon, every="1d").retrain
    assert _decide("every", late, every="1d").retrain


def test_drift_looks_at_the_newest_window_since_the_last_training() -> None:
    moved, calm = window(0, drift=drifted([True] * 5)), window(1, drift=drifted([False] * 5))
    assert _decide("drift", situation(windows=(moved,))).retrain
    assert not _decide("drift", situation(windows=(moved, calm))).retrain
    assert not _decide("drift", situation(windows=(moved,), trained_seq=10)).retrain


def test_degradation_does_not_ask_twice_for_the_same_rows() -> None:
    measured = (window(0, performance=report(0.9)), window(1, performance=report(0.5)))  # up to 1,000
    standing = situation(alerts=(_alert(900),), windows=measured)
    assert _decide("degradation", standing).retrain
    assert _decide("degradation", standing).evidence["accuracy"] == 0.5
    assert not _decide("degradation", replace(standing, trained_seq=900)).retrain
    assert not _decide("degradation", replace(standing, alerts=(_alert(900, state="resolved"),))).retrain
    assert _decide("degradation", replace(standing, alerts=(_alert(900, state="silenced"),))).retrain


def test_degradation_waits_for_the_window_whose_labels_raised_the_alarm() -> None:
    measured, closed = window(0, performance=report(0.9)), window(1)
    assert not _decide("degradation", situation(alerts=(_alert(900),), windows=(measured, closed))).retrain


@pytest.mark.parametrize(
    ("runs", "start", "how", "why"),
    [
        ((), "warm", "warm", "nothing tried yet"),
        ((past(promoted=False),), "warm", "warm", "one failure may be chance"),
        ((past(promoted=False),) * 3, "warm", "scratch", "three warm updates did not recover"),
        ((past(gain=-0.01), past(gain=0.0), past(gain=0.0)), "warm", "scratch", "promoted, but nothing gained"),
        ((past(promoted=False), past(promoted=False), past()), "warm", "warm", "the last one paid"),
        ((past(promoted=False, how="scratch"), *[past(promoted=False)] * 2), "warm", "warm", "scratch was tried"),
        ((), "scratch", "scratch", "the model file says so"),
    ],
)
def test_how_to_retrain(runs: tuple, start: str, how: str, why: str) -> None:  # type: ignore[type-arg]  # PastRetrains
    assert choose_how(situation(past=runs), spec(learner={"start": start})) == how, why


def test_a_policy_of_ones_own_is_taken_from_an_allowed_module() -> None:
    module = "tests.unit.monitoring.policies.own_policy"
    own = spec(retraining={"policy": f"{module}:on_mondays"})
    assert policy_for(own, allowed_modules=[module]).decide(situation()).reason == "It is Monday for m."
    with pytest.raises(SpecError, match="may not run here"):
        policy_for(own)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("absent", "cannot be imported"), ("not_a_policy", "a policy has"), ("raises", "raised KeyError: 'm'")],
)
def test_what_is_no_policy_is_refused_with_the_remedy(name: str, problem: str) -> None:
    module = "tests.unit.monitoring.policies.own_policy"
    with pytest.raises(SpecError, match=problem):
        policy_for(spec(retraining={"policy": f"{module}:{name}"}), allowed_modules=[module])
