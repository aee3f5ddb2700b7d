"""The policy `cost_aware`, the default: retrain while that pays, and find out whether it does as cheaply as possible.

What a retraining is worth is learnt from what the past ones gained: the model that served before goes on answering
in shadow, so each gain is measured on the same rows. Gains are few and noisy, so they are pooled, the newest weighing
most, and shrunk towards a small hope that an unknown stream starts with. From that follows what waiting costs: gain for
each window that the champion has not learnt × such windows × decisions until the next chance. It is weighed against
what a retraining is forecast to cost, with the benefit of the doubt: what one standard error more would gain. Once
gains are shown not to cover the price, it waits twice as long before each next trial, as long as what is saved is worth
the wait; and a window that is worse than the ones before it by more than chance ends the wait: the world has changed,
and what was learnt about gains is of another one. Where updates are shown to do harm, it begins anew on all of the
past, once in a while.

CARA (Mahadevan and Mathioudakis 2024) accumulates a staleness cost estimated from similar queries, Modyn's cost
trigger (2025) one from data integrated over time, UPF (Regol et al. 2025) forecasts the benefit; all three forecast
from the data's look. Here the forecast is of measured gains, and corrects itself.

It does not know which columns drifted, and never retrains on drift alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from infra.domain.windows import Window
from infra.spec import ModelSpec
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import PastRetrain, Rival, Situation
from monitoring.rules import ACCURACY_DEGRADED

WRONG_DECISIONS_PER_CPU_SECOND = 1.0
"""Without prices, a second of computing weighs as much as this many wrong decisions."""
HOPE, HOPE_WEIGHT = 0.01, 2.0
"""What an untried update is hoped to gain (a point of accuracy, a hundredth of the MAE), and how many measured ones
that hope weighs as much as: it makes the policy try, and a handful of measured gains outweigh it."""
SMALL_SAMPLE = 2.0
"""How far few gains lie apart says too little: with one, the square of that counts three times, with two twice."""
MEMORY = 8.0
"""Retrainings after which a gain weighs half: the world of older ones may be gone."""
LONGEST_WAIT = 8
"""Windows between two trials where nothing was gained."""
ALARMED_REST = 2
"""The same since candidates were refused, while labels say that answers are worse than accepted: rows since the alarm
are of the world that the next candidate learns."""
SAVED_AGAINST_HOPE = 10.0
"""A window's wait has to save at least a tenth of what an untried update is hoped to gain in it."""
SURE = 3.0
"""Standard errors beyond which a difference is no chance, though it is looked for at every window."""
SCRATCH_OVER_UPDATE = 20.0
"""What a training from scratch on all of the past takes, in updates, at most."""
SHOWN = 2.0
"""Standard errors beyond which updates are shown to do harm: with one, a handful of gains said so by chance."""
SURE_OF_A_RETURN = 4.5
"""The same for an earlier version that would have answered the newest window better, where nothing else says that the
world has changed. Eight versions asked after each of 400 windows are 3,200 comparisons, of which one lies so far out by
chance in one history of a hundred. With 3 throughout, twelve versions came back on 25 streams where nothing recurs, to
more harm than good; where the window departs or an alarm stands, one that is known to be wrong has less to lose."""
RIVALS, RIVALS_AFTER_CHANGE = 2, 8
"""Earlier versions that are asked about the newest labelled window. Asking costs a tenth of an update at most."""
ROWS_OF_A_WORLD = 100
"""Rows that the newest labelled window needs before earlier versions are asked: fewer say that they fit these rows, and
not that their world is back. Where two products alternate in windows of 60, versions brought back ended worse."""
LOOK_BACK = 4
"""Windows that the newest is compared with, and for how many a change is expected to last."""
HALF_INTERVAL = 2.58
"""Standard errors in half of a window's interval, which is at 99 % unless the model file says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostAware:
    """Retrains when what it is expected to gain covers what it is forecast to cost."""

    spec: ModelSpec
    name: str = "cost_aware"
    needs: tuple[str, ...] = ()

    def wants_rivals(self, situation: Situation) -> int:
        """How many earlier versions are worth asking: the last two, in case an update did harm; more of them, evenly
        over all that served, when the champion is in trouble, since an earlier world may be back.
        """
        measured = [one for one in situation.windows if one.performance is not None]
        labelled = measured[-1].performance.labelled if measured and measured[-1].performance else 0
        if labelled < ROWS_OF_A_WORLD or situation.brought_back:
            return 0  # one that came back learns the newest window before another is thought of
        return RIVALS_AFTER_CHANGE if is_troubled(measured, situation) else RIVALS

    def decide(self, situation: Situation) -> Verdict:
        """Bring an earlier version back, retrain, or wait."""
        measured = [one for one in situation.windows if one.performance is not None]
        if not measured or not situation.new_labels:
            reason = "No window since the last retraining has been measured yet."
            return Verdict(retrain=False, reason=reason, evidence={"new_labels": situation.new_labels})
        better = best_rival(situation.rivals, SURE if is_troubled(measured, situation) else SURE_OF_A_RETURN)
        if better is not None:
            return _bring_back(better)
        return self._weigh(situation, measured)

    def _weigh(self, situation: Situation, measured: list[Window]) -> Verdict:
        rate, error, known = gain_rate(situation.past)
        stale = max(1.0, situation.new_labels / max(1, measured[-1].rows))
        price, next_rows = price_in_wrong_decisions(situation), situation.decisions_ahead
        ahead = (rate + error) * stale * next_rows
        changed, lost = departure(measured, situation)
        wait, refused = min(patience(situation.past), worth_waiting(price, next_rows)), rejections(situation.past)
        anew = self._anew(situation, next_rows, harm=rate + SHOWN * error < 0.0)
        rest = min(2**refused, ALARMED_REST if is_alarmed(situation) else LONGEST_WAIT)
        found = Weighed(
            ahead=ahead,
            price=price,
            changed=changed > SURE and lost * next_rows * LOOK_BACK > (price or 0.0),
            rested=not refused or stale >= rest,
            trial=wait <= stale and HOPE * next_rows * wait > (price or 0.0),
            anew=anew,
        )
        return Verdict(
            retrain=found.retrain,
            reason=_reason(found, changed, next_rows, stale, max(wait, rest)),
            evidence={
                "expected_gain": rate * stale,
                "expected_gain_error": error * stale,
                "gain_ahead": ahead,
                "gains_measured": known,
                "price": price,
                "departure": changed,
                "windows_stale": stale,
                "windows_to_wait": float(wait),
                "rejections_in_a_row": refused,
                "decisions_ahead": next_rows,
                "forecast_cpu_seconds": situation.forecast_cpu_seconds,
                "forecast_cost": situation.forecast_cost,
            },
            how="scratch" if found.from_scratch else choose_how(situation, self.spec),
            past="growing" if found.from_scratch else "reservoir",
        )

    def _anew(self, situation: Situation, next_rows: int, *, harm: bool) -> bool:
        """Whether updates are shown to do harm, and a training from scratch on all of the past is worth its price."""
        fresh = [run.how for run in situation.past][-LONGEST_WAIT:]
        if not harm or "scratch" in fresh or situation.brought_back:
            return False
        price = price_in_wrong_decisions(situation) or 0.0
        return HOPE * next_rows * LONGEST_WAIT > price * SCRATCH_OVER_UPDATE


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """What speaks for retraining: what it may save (wrong decisions) against its price, a world that changed, or that
    it is time for a trial; and whether it has rested long enough since candidates were refused."""

    ahead: float
    price: float | None
    changed: bool
    rested: bool
    trial: bool
    anew: bool = False

    @property
    def from_scratch(self) -> bool:
        return self.anew and self.rested and not self.pays and not self.changed

    @property
    def pays(self) -> bool:
        return self.ahead > (self.price or 0.0)

    @property
    def retrain(self) -> bool:
        return self.changed or (self.rested and (self.pays or self.trial or self.anew))


def gain_rate(past: tuple[PastRetrain, ...]) -> tuple[float, float, int]:
    """(expected gain of an update for each window of staleness, its standard error, on how many gains it rests).

    The error is the larger of what each gain's own rows leave open and how far the gains lie apart: where the world
    turns back and forth, an update gains much at one window and loses as much at the next, and a few of them say
    little about the one that comes, however many rows each was measured on.
    """
    known = [one for one in past if one.gain is not None]
    total, windows, square = HOPE * HOPE_WEIGHT, HOPE_WEIGHT, 0.0
    weighed = [(0.5 ** (age / MEMORY), run) for age, run in enumerate(reversed(known))]
    for weight, run in weighed:
        total += weight * (run.gain or 0.0)
        windows += weight * run.stale_windows
        square += (weight * (run.gain_error or 0.0)) ** 2
    rate = total / windows
    apart = sum((weight * ((run.gain or 0.0) - rate * run.stale_windows)) ** 2 for weight, run in weighed)
    few = 1.0 + SMALL_SAMPLE / len(known) if known else 1.0
    return rate, sqrt(max(square, apart * few)) / windows, len(known)


def patience(past: tuple[PastRetrain, ...]) -> int:
    """Windows to wait before an update that is not expected to pay is tried all the same."""
    failures = 0
    for run in reversed([one for one in past if one.gain is not None]):
        if run.gain is not None and run.gain > 0.0:
            break
        failures += 1
    return int(min(2.0**failures, LONGEST_WAIT))


def worth_waiting(price: float | None, next_rows: int) -> int:
    """The longest wait that the saved price is worth. Waiting is no cure for updates that do harm: a champion that they
    harmed goes on ageing, and where they are nearly free there is nothing to be saved.

    >>> worth_waiting(0.1, 500), worth_waiting(2.0, 500), worth_waiting(50.0, 500)
    (1, 4, 8)
    """
    return max(1, min(LONGEST_WAIT, ceil(SAVED_AGAINST_HOPE * (price or 0.0) / max(HOPE * next_rows, 1e-12))))


def rejections(past: tuple[PastRetrain, ...]) -> int:
    """Candidates in a row that were not promoted: each that is judged makes it harder for the next to convince."""
    count = 0
    for run in reversed(past):
        if run.promoted:
            break
        count += 1
    return count


def is_alarmed(situation: Situation) -> bool:
    """Whether labels showed answers worse than accepted, and nothing has shown since that they are right again."""
    return any(alert.rule == ACCURACY_DEGRADED for alert in situation.alerts)


def is_troubled(measured: list[Window], situation: Situation) -> bool:
    """Whether an alarm stands, or the newest window is worse than those before it by more than chance."""
    return is_alarmed(situation) or departure(measured, situation)[0] > SURE


def departure(measured: list[Window], situation: Situation) -> tuple[float, float]:
    """(how many standard errors the newest window is worse than the mean of those before it, and how much worse: per
    decision, of an MAE as a share of the accepted one); nothing for one window alone."""
    newest, before = measured[-1].performance, [one.performance for one in measured[-1 - LOOK_BACK : -1]]
    values = [one.value for one in before if one is not None]
    if newest is None or not values:
        return 0.0, 0.0
    mean = sum(values) / len(values)
    worse = mean - newest.value if situation.metric == "accuracy" else newest.value - mean
    error = (newest.high - newest.low) / 2.0 / HALF_INTERVAL * sqrt(1.0 + 1.0 / len(values))
    scale = 1.0 if situation.metric == "accuracy" else max(situation.accepted, 1e-12)
    return (worse / error if error > 0.0 else 0.0), worse / scale


def best_rival(rivals: tuple[Rival, ...], sure: float) -> Rival | None:
    """The earlier version that is better than the champion by most, of those that are by so many standard errors."""
    better = [one for one in rivals if one.gain > sure * one.error > 0.0]
    return max(better, key=lambda one: one.gain, default=None)


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


def _reason(found: Weighed, changed: float, next_rows: int, stale: float, wait: int) -> str:
    forecast = f"Retraining may save {found.ahead:.1f} of the next {next_rows} decisions, and {_cost(found.price)}"
    if found.changed:
        return f"The newest window is worse than the ones before it by {changed:.1f} standard errors. {forecast}."
    if not found.retrain:
        return f"{forecast}: it waits, {stale:.0f} of {wait} windows by now."
    return f"{forecast}." if found.pays else f"{forecast}; after {stale:.0f} windows of waiting it is tried again."


def _cost(price: float | None) -> str:
    """A price in wrong decisions, in words."""
    if price is None:
        return "what it costs is not known yet"
    if price < 0.005:
        return "costs less than a hundredth of a wrong one"
    return f"costs as much as {price:.2f} wrong ones"
