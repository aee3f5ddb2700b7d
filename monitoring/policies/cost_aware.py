"""The policy `cost_aware`, the default: retrain while that pays, and find out whether it does as cheaply as possible.

What a retraining is worth is learnt from what the past ones gained: the model that served before goes on answering
in shadow, so each gain is measured on the same rows. Gains are few and noisy, so they are pooled, the newest weighing
most, and shrunk towards a small hope that an unknown stream starts with. From that follows what waiting costs: gain a
row of staleness × rows that the champion has not learnt × decisions until the next chance. It is weighed against what a
retraining is forecast to cost. Where gains no longer cover the price, it waits twice as long before each next trial
(so a stream where nothing is to be gained costs next to nothing), and a window that is worse than the ones before it
by more than chance ends the wait: the world has changed, and what was learnt about gains is of another one.

CARA (Mahadevan and Mathioudakis 2024) accumulates a staleness cost estimated from similar queries, Modyn's cost
trigger (2025) one from data integrated over time, UPF (Regol et al. 2025) forecasts the benefit; all three forecast
from the data's look. Here the forecast is of measured gains, and corrects itself.

It does not know which columns drifted, and never retrains on drift alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from infra.domain.windows import Window
from infra.spec import ModelSpec
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import PastRetrain, Rival, Situation

WRONG_DECISIONS_PER_CPU_SECOND = 1.0
"""Without prices, a second of computing weighs as much as this many wrong decisions."""
HOPE, HOPE_WEIGHT = 0.01, 2.0
"""What an untried update is hoped to gain (a point of accuracy, a hundredth of the MAE), and how many measured ones
that hope weighs as much as: it makes the policy try, and a handful of measured gains outweigh it."""
MEMORY = 8.0
"""Retrainings after which a gain weighs half: the world of older ones may be gone."""
LONGEST_WAIT = 8
"""Windows between two trials where nothing was gained."""
SURE = 3.0
"""Standard errors beyond which a difference is no chance, though it is looked for at every window."""
LOOK_BACK = 4
"""Windows that the newest is compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostAware:
    """Retrains when what it is expected to gain covers what it is forecast to cost."""

    spec: ModelSpec
    name: str = "cost_aware"
    needs: tuple[str, ...] = ()

    def wants_rivals(self, situation: Situation) -> bool:
        """Whether earlier versions are worth asking: the newest window is worse than those before it."""
        measured = [one for one in situation.windows if one.performance is not None]
        return bool(measured) and departure(measured, situation.metric) > SURE

    def decide(self, situation: Situation) -> Verdict:
        """Bring an earlier version back, retrain, or wait."""
        measured = [one for one in situation.windows if one.performance is not None]
        if not measured or not situation.new_labels:
            reason = "No window since the last retraining has been measured yet."
            return Verdict(retrain=False, reason=reason, evidence={"new_labels": situation.new_labels})
        better = best_rival(situation.rivals)
        if better is not None:
            return _bring_back(better)
        return self._weigh(situation, measured)

    def _weigh(self, situation: Situation, measured: list[Window]) -> Verdict:
        rate, known = gain_rate(situation.past)
        stale = max(1.0, situation.new_labels / max(1, measured[-1].rows))
        price = price_in_wrong_decisions(situation)
        gain = rate * stale
        ahead = gain * situation.decisions_ahead
        changed = departure(measured, situation.metric)
        wait, waited = patience(situation.past), stale
        pays = ahead > (price or 0.0)
        retrain = changed > SURE or pays or waited >= wait
        return Verdict(
            retrain=retrain,
            reason=_reason(retrain, changed, ahead, price, situation, wait, waited),
            evidence={
                "expected_gain": gain,
                "gain_ahead": ahead,
                "gains_measured": known,
                "price": price,
                "departure": changed,
                "windows_stale": stale,
                "windows_to_wait": float(wait),
                "decisions_ahead": situation.decisions_ahead,
                "forecast_cpu_seconds": situation.forecast_cpu_seconds,
                "forecast_cost": situation.forecast_cost,
            },
            how=choose_how(situation, self.spec),
        )


def gain_rate(past: tuple[PastRetrain, ...]) -> tuple[float, int]:
    """(expected gain of an update for each window of staleness, how many measured gains it rests on)."""
    total, windows, known = HOPE * HOPE_WEIGHT, HOPE_WEIGHT, 0
    measured = [run for run in past if run.gain is not None]
    for age, run in enumerate(reversed(measured)):
        weight = 0.5 ** (age / MEMORY)
        assert run.gain is not None
        total += weight * run.gain
        windows += weight * run.stale_windows
        known += 1
    return total / windows, known


def patience(past: tuple[PastRetrain, ...]) -> int:
    """Windows to wait before an update that is not expected to pay is tried all the same."""
    failures = 0
    for run in reversed([one for one in past if one.gain is not None]):
        if run.gain is not None and run.gain > 0.0:
            break
        failures += 1
    return int(min(2.0**failures, LONGEST_WAIT))


def departure(measured: list[Window], metric: str) -> float:
    """How many standard errors the newest window is worse than the mean of the ones before it; 0 for one alone."""
    newest, before = measured[-1], measured[-1 - LOOK_BACK : -1]
    if not before:
        return 0.0
    values = [one.performance.value for one in before if one.performance is not None]
    assert newest.performance is not None
    value, mean = newest.performance.value, sum(values) / len(values)
    worse = mean - value if metric == "accuracy" else value - mean
    half = (newest.performance.high - newest.performance.low) / 2.0
    error = half / 2.58 * sqrt(1.0 + 1.0 / len(values))  # the interval is at 99 % unless the file says otherwise
    return worse / error if error > 0.0 else 0.0


def best_rival(rivals: tuple[Rival, ...]) -> Rival | None:
    """The earlier version that is better than the champion by more than chance explains, however many were asked."""
    sure = [one for one in rivals if one.gain > SURE * one.error > 0.0]
    return max(sure, key=lambda one: one.gain, default=None)


def price_in_wrong_decisions(situation: Situation) -> float | None:
    """A retraining in wrong decisions: by prices where both are known, else by CPU seconds; None before the first."""
    if situation.wrong_decision and situation.forecast_cost is not None:
        return situation.forecast_cost / situation.wrong_decision
    seconds = situation.forecast_cpu_seconds
    return None if seconds is None else seconds * WRONG_DECISIONS_PER_CPU_SECOND


def _bring_back(rival: Rival) -> Verdict:
    return Verdict(
        retrain=True,
        reason=(
            f"Version {rival.version} would have answered the newest {rival.rows} labelled rows better by "
            f"{rival.gain:.2%} ± {rival.error:.2%}: what it learnt has come back, and it serves again at no cost."
        ),
        evidence={"version": rival.version, "gain": rival.gain, "gain_error": rival.error, "rows": rival.rows},
        how="bring_back",
        version=rival.version,
    )


def _reason(
    retrain: bool,
    changed: float,
    ahead: float,
    price: float | None,
    situation: Situation,
    wait: int,
    waited: float,
) -> str:
    cost = "an unknown number" if price is None else format(price, ".2f")
    forecast = (
        f"Retraining is expected to save {ahead:.1f} of the next {situation.decisions_ahead} decisions, and costs "
        f"as much as {cost} wrong ones"
    )
    if changed > SURE:
        return f"The newest window is worse than the ones before it by {changed:.1f} standard errors. {forecast}."
    if retrain and ahead <= (price or 0.0):
        return f"{forecast}; after {waited:.0f} windows of waiting it is tried again."
    return f"{forecast}." if retrain else f"{forecast}: it waits, {waited:.0f} of {wait} windows by now."
