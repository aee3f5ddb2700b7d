"""The oracle finds the best moments, the frontier leaves out what is beaten, and one sentence says what to do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from flows.backtest.comparing import FULL, compare_policies, recommendation
from flows.backtest.contestants import contestants
from flows.backtest.oracle import Chain, Prices, look_ahead
from flows.backtest.played import Deed, Played
from flows.backtest.running import Contest, Contested, contest
from infra.domain.errors import SpecError
from infra.spec.reading import parse_spec
from tests.unit.flows.backtest.building import turning

SPEC = parse_spec(
    "model: m\ntask: classification\ndata: {source: f.csv, target: t}\ncosts: {wrong_decision: 2.0, cpu_hour: 3600}",
    "m",
)


def played(policy: str, wrong: int, seconds: float) -> Played:
    deeds = (Deed(batch=0, how="warm", reason="", cpu_seconds=seconds, promoted=True),) if seconds else ()
    return Played(
        policy=policy, losses=np.array([1.0] * wrong + [0.0] * (100 - wrong)), deeds=deeds, deciding_seconds=0.0
    )


def contested(*lines: Played) -> Contested:
    chain = Chain(how="scratch", losses=np.full((2, 2), 5.0), seconds=np.array([1.0, 1.0]))
    return Contested(
        played=lines, first_losses=np.array([20.0, 20.0]), simple_loss=0.5, chains=(chain,), error_scale=1.0
    )


def test_the_oracle_is_the_best_of_all_ways_through() -> None:
    chance = np.random.default_rng(2)
    for _ in range(20):
        windows = 5
        first, fees = chance.uniform(0, 10, windows), chance.uniform(0, 3, windows)
        chain = Chain(how="warm", losses=chance.uniform(0, 10, (windows, windows)), seconds=fees)
        prices = Prices(wrong_decision=1.5, cpu_second=1.0)
        best = min(
            _total(first, chain, prices, retrain) for retrain in itertools.product((False, True), repeat=windows - 1)
        )
        found = look_ahead(first, [chain], prices)
        assert found.total == pytest.approx(best)
        assert found.total == pytest.approx(found.losses * 1.5 + found.cpu_seconds)


def _total(first: np.ndarray, chain: Chain, prices: Prices, retrain: tuple[bool, ...]) -> float:
    serving, total = first, float(first[0]) * prices.wrong_decision
    for window, yes in enumerate(retrain):
        if yes:
            serving, total = chain.losses[window], total + float(chain.seconds[window]) * prices.cpu_second
        total += float(serving[window + 1]) * prices.wrong_decision
    return total


def test_shares_are_of_training_from_scratch_at_every_window() -> None:
    lines = (played("never", 40, 0.0), played(FULL, 20, 10.0), played("cost_aware", 22, 1.0))
    found = compare_policies(contested(*lines), SPEC, windows=2, days=30.44, in_force="never")
    line = found.line("cost_aware")
    assert line is not None
    assert line.gain_share == pytest.approx(0.9)
    assert line.cpu_share == pytest.approx(0.1)
    assert line.total == pytest.approx(22 * 2.0 + 1.0)
    assert line.regret == pytest.approx(line.total - found.oracle.total)
    assert found.recommended == "cost_aware"
    assert found.saving_per_month == pytest.approx(40 * 2.0 - 45.0)
    assert "35.00 USD a month less than `never`" in recommendation(found)


def test_the_frontier_leaves_out_what_another_beats_in_both() -> None:
    lines = (played("never", 40, 0.0), played("dear", 30, 5.0), played("good", 30, 2.0), played("best", 20, 9.0))
    found = compare_policies(contested(*lines), SPEC, windows=2, days=1.0, in_force="never")
    assert [line.policy for line in found.lines if line.on_frontier] == ["never", "good", "best"]


def test_without_a_price_for_errors_thrift_that_keeps_99_percent_of_the_gain_is_recommended() -> None:
    plain = SPEC.model_copy(update={"costs": SPEC.costs.model_copy(update={"wrong_decision": None})})
    lines = (played("never", 40, 0.0), played("best", 20, 9.0), played("nearly", 20, 2.0), played("poor", 30, 1.0))
    found = compare_policies(contested(*lines), plain, windows=2, days=1.0, in_force="nearly")
    assert found.recommended == "nearly"
    assert recommendation(found).startswith("Keep `nearly`")


def test_processes_find_what_one_process_finds() -> None:
    stream = turning()
    asked = Contest(stream=stream, policies=contestants(stream.spec, ["never", "cost_aware"]), seed=0)
    told: list[str] = []
    alone = contest(asked, advance=told.append)
    assert told == ["models, scratch", "models, warm", "never", "cost_aware"]
    assert alone.simple_loss > 0.3
    assert [one.policy for one in alone.played] == ["never", "cost_aware"]


@pytest.mark.slow
def test_two_processes_find_what_one_finds() -> None:
    stream = turning()
    asked = Contest(stream=stream, policies=contestants(stream.spec, ["never", "cost_aware"]), seed=0)
    alone, together = contest(asked), contest(asked, workers=2)
    for one, other in zip(alone.played, together.played, strict=True):
        assert np.array_equal(one.losses, other.losses)
    assert np.array_equal(alone.chains[0].losses, together.chains[0].losses)


def test_a_policy_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(SpecError, match="`cost_aware`"):
        contestants(SPEC, ["often"])
    assert [one.name for one in contestants(SPEC, ["never"])] == ["never", "cost_aware"]
    assert "scratch every window" in [one.name for one in contestants(SPEC, [])]


def test_prices_may_be_missing() -> None:
    prices = Prices(wrong_decision=1.0, cpu_second=0.0, error_scale=2.0)
    assert prices.total(np.array([1.0, 3.0]), 5.0) == 2.0
    assert replace(prices, cpu_second=1.0).total(np.array([]), 5.0) == 5.0
