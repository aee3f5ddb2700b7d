"""The three figures of merit, from the losses of network, champion and simple model. Pure.

Speed of improvement beside memorising, consistency beside a model that is merely simple, decisions improved beside
those lost. Differences have normal intervals of 95 %; over k slices, of 1 − 5 % / k (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from flows.promotion import Comparison, Losses, difference_interval, headline
from flows.promotion.harm import MINIMUM_SLICE_ROWS
from infra.domain.merit import Consistency, Difference, Improved, Memory, Merit, SliceLevel, Speed
from monitoring.intervals import wilson

ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """Losses of network and simple model on rows that both were trained on, row by row."""

    network: Losses
    simple: Losses


def weigh(comparison: Comparison, learnt: Learnt, *, version: int | None, labels: int, days: float) -> Merit:
    """The figures of a candidate.

    Args:
        version: of the champion it was compared with; None at first, when the simple model stands in.
        labels, days: the new labels it was taught with, and the event time since what served before came to serve.
    """
    before = comparison.baseline if comparison.champion is None else comparison.champion
    over = "the simple model" if comparison.champion is None else f"version {version}"
    gain, low, high = difference_interval(before, comparison.candidate)
    return Merit(
        speed=Speed(over=over, gain=Difference(value=gain, low=low, high=high), labels=labels, days=days),
        memory=_memory(comparison, learnt),
        consistency=_consistency(comparison),
        improved=_improved(before, comparison.candidate, over),
    )


def _memory(comparison: Comparison, learnt: Learnt) -> Memory:
    return Memory(
        learnt_level=headline(learnt.network, comparison.task),
        held_out_level=headline(comparison.candidate, comparison.task),
        gap=_apart(comparison.candidate, learnt.network),
        simple_gap=_apart(comparison.baseline, learnt.simple),
        excess=_apart(comparison.candidate - comparison.baseline, learnt.network - learnt.simple),
    )


def _improved(before: Losses, after: Losses, over: str) -> Improved:
    """A decision is improved when its loss is less: right where it was wrong, or nearer to the number."""
    better, worse = (after < before), (after > before)
    net, low, high = difference_interval(better.astype(np.float64), worse.astype(np.float64))
    return Improved(
        over=over,
        rows=len(after),
        set_right=int(better.sum()),
        lost=int(worse.sum()),
        net_share=Difference(value=net, low=low, high=high),
    )


def _consistency(comparison: Comparison) -> Consistency | None:
    """None where no slice has enough rows, or one holds them all."""
    found = [
        (column, str(value), values == value)
        for column, values in comparison.slices.items()
        for value in sorted(set(values), key=str)
        if MINIMUM_SLICE_ROWS <= (values == value).sum() < len(values)
    ]
    if not found:
        return None
    network, simple = comparison.candidate, comparison.baseline
    alpha = ALPHA / len(found)
    worst = max(found, key=lambda one: float(network[one[2]].mean()))[2]
    levels = sorted(
        (_slice_level(comparison, column, value, here, alpha) for column, value, here in found),
        key=lambda one: one.level,
        reverse=comparison.task == "regression",
    )
    simple_worst = max(float(simple[here].mean()) for _, _, here in found)
    return Consistency(
        level=headline(network, comparison.task),
        simple_level=headline(simple, comparison.task),
        slices=tuple(levels),
        behind=_apart(network[worst], network[~worst], alpha),
        spread=float(network[worst].mean() - network.mean()),
        simple_spread=float(simple_worst - simple.mean()),
        simple_worst=1 - simple_worst if comparison.task == "classification" else simple_worst,
        worst_is_worse=bool(network[worst].mean() > simple_worst),
    )


def _slice_level(comparison: Comparison, column: str, value: str, here: np.ndarray, alpha: float) -> SliceLevel:
    losses = comparison.candidate[here]
    half = float(stats.norm.isf(alpha / 2) * losses.std() / np.sqrt(len(losses)))
    level = headline(losses, comparison.task)
    low, high = level - half, level + half
    if comparison.task == "classification":
        low, high = wilson(int((losses == 0).sum()), len(losses), alpha)
    return SliceLevel(
        column=column,
        value=value,
        rows=len(losses),
        level=level,
        low=max(low, 0.0),
        high=high,
        simple_level=headline(comparison.baseline[here], comparison.task),
    )


def _apart(worse: Losses, better: Losses, alpha: float = ALPHA) -> Difference:
    """Mean loss of one group of rows less that of another, with its normal interval."""
    value = float(worse.mean() - better.mean())
    error = float(np.sqrt(worse.var() / len(worse) + better.var() / len(better)))
    half = float(stats.norm.isf(alpha / 2)) * error
    return Difference(value=value, low=value - half, high=value + half)
