"""Which of the labelled rows, counted 0 to `known` in time order, a training learns from. Pure: places in, places out.

What of the past is learnt again is drawn by the same function in a backtest and in production. Production holds the
newest rows out besides, since its gate judges a candidate on rows that it has not learnt (`flows.training.material`);
so does a backtest with a gate; one without learns them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flows.training.fitting import WARM_LEARNING_RATE
from infra.spec import ModelSpec
from monitoring.policies.situation import Past

Places = npt.NDArray[np.int64]
ROWS_FROM_SCRATCH = 5_000
"""Rows of a training from scratch that forgets: more cost more, and are of an older world."""
MOST_ROWS = 20_000
WARM_EPOCHS = 6
"""Passes of a warm update over its rows, at the full learning rate: it corrects weights, it does not look for them.
Three are cheaper by a third on tables and by half on pictures, and were worse on seven of nine streams."""
SCRATCH_VALIDATION = 0.10
HELD_OUT, HELD_TO_STOP, LEAST_HELD_OUT = 0.40, 0.15, 50
"""Shares of the new rows that judge a candidate, and of the rest that stop and calibrate it; and what `flows.promotion`
asks for: on fewer rows nobody is promoted, and the training was for nothing."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Places to learn from and to stop and calibrate on, both in time order, and how many of the first are new."""

    learn: Places
    validate: Places
    fresh: int


def rows_for_update(through: int, known: int, *, past: Past, replay: float, seed: int) -> Chosen:
    """New rows, from `through` on, and `replay` times as many earlier ones.

    An update is so short that no row is held out to stop it: the newest rows, which it learns from as well, only
    calibrate it. Holding out a seventh of the new rows to stop on gained nothing, and cost
    twice as much, on five streams.
    """
    fresh = np.arange(max(through, known - MOST_ROWS), known)
    earlier = draw(through, int(replay * len(fresh)), past=past, seed=seed)
    return Chosen(learn=np.concatenate([earlier, fresh]), validate=fresh, fresh=len(fresh))


def rows_from_scratch(known: int, *, past: Past, seed: int) -> Chosen:
    """The rows of a training from scratch; the newest tenth stops it."""
    rows = np.sort(draw(known, MOST_ROWS if past == "growing" else ROWS_FROM_SCRATCH, past=past, seed=seed))
    held = max(5, int(len(rows) * SCRATCH_VALIDATION))
    return Chosen(learn=rows[:-held], validate=rows[-held:], fresh=len(rows))


def hold_out(rows: int, window_rows: int) -> tuple[int, int]:
    """Of so many new rows, the newest of which judge: (how many stop and calibrate, how many judge).

    What judges is one window, or 40 % of what is new where that is less.

    >>> hold_out(500, 500), hold_out(2_000, 500)
    ((45, 200), (225, 500))
    """
    judging = max(int(min(HELD_OUT * rows, window_rows)), min(LEAST_HELD_OUT, rows // 2))
    return max(int((rows - judging) * HELD_TO_STOP), 5), judging


def spec_of_update(spec: ModelSpec) -> ModelSpec:
    """The model file as a warm update goes by it: a few passes at the full learning rate, none of them waited for."""
    learner = spec.learner.model_copy(
        update={
            "epochs": WARM_EPOCHS,
            "patience": WARM_EPOCHS,
            "learning_rate": spec.learner.learning_rate / WARM_LEARNING_RATE,
        }
    )
    return spec.model_copy(update={"learner": learner})


def draw(before: int, count: int, *, past: Past, seed: int) -> Places:
    """At most `count` rows before `before`, in time order: drawn at random from all of them, or the newest."""
    if count >= before:
        return np.arange(before)
    if past == "reservoir":
        return np.sort(np.random.default_rng(seed).choice(before, size=count, replace=False))
    return np.arange(before - count, before)
