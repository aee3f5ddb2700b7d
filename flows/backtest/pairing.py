"""Models compared on the same rows, and which of many are asked."""

from __future__ import annotations

from collections.abc import Callable

from flows.backtest.bank import Bank, Trained
from flows.backtest.stream import Batch
from flows.promotion.pairs import paired_p_value

Gate = Callable[[Bank, Trained, Trained, Batch], bool]
"""Whether a candidate may replace the champion, judged on the newest labelled window, which it has not learnt."""


def convincing(bank: Bank, candidate: Trained, champion: Trained, window: Batch) -> bool:
    """The gate at its simplest: better than the champion on the newest labelled window, which it has not learnt, with
    the model file's confidence."""
    worse, better = (bank.losses(model, window)[0] for model in (champion, candidate))
    return paired_p_value(worse, better) <= 1.0 - bank.stream.spec.promotion.confidence
