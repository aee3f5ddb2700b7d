"""The three figures of merit as sentences, each with its trap. Pure."""

from __future__ import annotations

import math

from flows.dossier.words import amount_of_error, span_of
from infra.display.wording import Metric, interval, level, money
from infra.domain.merit import Consistency, Improved, Memory, Speed


def speed_words(speed: Speed, memory: Memory, metric: Metric) -> str:
    """The first figure of merit with its trap."""
    gain = speed.gain
    if gain.low > 0:
        what = f"better than {speed.over} by {amount_of_error(gain.value, metric)} ({span_of(gain, metric)})"
    elif gain.high < 0:
        what = f"worse than {speed.over} by {amount_of_error(gain.value, metric)} ({span_of(gain, metric)})"
    else:
        what = f"no better than {speed.over} beyond chance ({span_of(gain, metric)})"
    days = f" in {speed.days:,.1f} days of data" if speed.days else ""
    return f"It is {what}, after {speed.labels:,} new labels{days}. {memory_words(memory, metric)}"


def memory_words(memory: Memory, metric: Metric) -> str:
    """Whether it memorised."""
    learnt, later = level(memory.learnt_level, metric), level(memory.held_out_level, metric)
    gap, simple = amount_of_error(memory.gap.value, metric), memory.simple_gap
    seen = f"{learnt} on rows it learnt from, {later} on later ones"
    if memory.verdict == "memorised":
        return (
            f"Memorised: {seen}, a gap of {gap} ({span_of(memory.gap, metric)}) that chance does not explain; the "
            f"simple model, which can hardly memorise, shows {span_of(simple, metric)} on the same rows."
        )
    if memory.verdict == "harder_rows":
        return (
            f"Not shown to have memorised: {seen}, a gap of {gap}, but the simple model, which can hardly "
            f"memorise, shows {span_of(simple, metric)} too: the later rows are harder."
        )
    chance = "the later ones come out better" if memory.gap.high < 0 else "a gap that chance explains"
    return f"It did not memorise: {seen}, {chance} ({span_of(memory.gap, metric)})."


def consistency_words(found: Consistency | None, metric: Metric, slices: bool) -> str:
    """The second figure of merit with its trap."""
    if found is None:
        why = (
            "the held-out rows hold no two slices of enough rows"
            if slices
            else "the model file names no slices (data.slices)"
        )
        return f"Not measured: {why}."
    worst = found.slices[0]
    name, count = f"{worst.column} = {worst.value}", len(found.slices)
    level_of = f"{level(worst.level, metric)} ({interval(worst.low, worst.high, metric)}, {worst.rows:,} rows)"
    looked = f"of {count} slices looked at" if count > 1 else "the only slice with enough rows"
    if found.behind.is_above_zero:
        verdict = f"worse than the rest beyond chance, by {amount_of_error(found.behind.value, metric)}"
    else:
        verdict = "not worse than the rest beyond chance"
    said = f"Weakest, {looked}: {name}, {level_of} against {level(found.level, metric)} overall; {verdict}."
    return f"{said} {_simple_spread(found, metric)}"


def _simple_spread(found: Consistency, metric: Metric) -> str:
    simple, worst = amount_of_error(found.simple_spread, metric), level(found.simple_worst, metric)
    if found.merely_simple:
        return (
            f"The simple model is more even (its weakest slice is {simple} off its mean) and yet no better where it is "
            f"weakest ({worst}): even there means merely simple."
        )
    if found.worst_is_worse:
        return f"The simple model's weakest slice is better, at {worst}: here the network is not worth its unevenness."
    return f"The simple model is less even: its weakest slice, at {worst}, is {simple} off its mean."


def improved_words(found: Improved, cost: float | None, currency: str, wrong_decision: float | None) -> str:
    """The third figure of merit with its trap."""
    net = found.set_right - found.lost
    counted = (
        f"Of {found.rows:,} held-out decisions it set {found.set_right:,} right that {found.over} had wrong, and lost "
        f"{found.lost:,}"
    )
    if cost is None:
        return f"{counted}. What the run cost is unpriced, so that no decision improved has a price."
    if net <= 0:
        return (
            f"{counted}: nothing improved for {money(cost, currency)}. Spending less would have cost no accuracy here."
        )
    said = f"{counted}: {money(cost / net, currency)} for each of {net:,} decisions improved, on these rows alone."
    if found.net_share.low <= 0:
        return f"{said} Chance may have made the difference."
    share, low, high = (1000 * end for end in (found.net_share.value, found.net_share.low, found.net_share.high))
    said += f" That is {share:,.0f} in a thousand ({low:,.0f} to {high:,.0f})"
    if not wrong_decision:
        return f"{said}; a wrong decision has no price in the model file, so that what it saves is unknown."
    even = cost / (found.net_share.value * wrong_decision)
    saved = f"at {money(wrong_decision, currency)} a wrong decision it has paid for itself"
    answers = math.ceil(even)
    return f"{said}: {saved} after {answers:,} answer{'' if answers == 1 else 's'}."
