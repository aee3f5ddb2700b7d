"""What is to be trained: the first champion, and what a verdict asks for. Pure: rows counted, rows chosen."""

from __future__ import annotations

import numpy as np

from flows.backtest.bank import Lesson, Trained
from flows.backtest.stream import Stream
from flows.training.choosing_rows import rows_for_update, rows_from_scratch
from infra.domain.errors import TrainingFailed
from monitoring.policies import Verdict


def first_lesson(stream: Stream) -> Lesson:
    """The first champion's: the first part of the history, its newest tenth to stop on.

    Raises:
        TrainingFailed: its rows are all of one class.
    """
    held = max(5, stream.first_rows // 10)
    learn = np.arange(stream.first_rows - held)
    if stream.spec.task == "classification" and len({str(stream.truth[place]) for place in learn}) < 2:
        raise TrainingFailed(
            f"the first {len(learn)} rows are all {stream.truth[0]!r}: give a larger `--share` of the history"
        )
    return Lesson(start=None, learn=learn, validate=np.arange(stream.first_rows - held, stream.first_rows))


def lesson_of(
    verdict: Verdict, champion: Trained, through: int, known: int, replay: float, seed: int, *, held: int = 0
) -> Lesson:
    """The training that a verdict asks for: on the rows before `known`, of which those from `through` on are new.

    The newest `held` of an update are not learnt but stop it, as in the service, whose updates take the epochs of the
    model file; where none are held it is a few passes.
    """
    if verdict.how == "scratch":
        chosen = rows_from_scratch(known, past=verdict.past, seed=seed)
        return Lesson(start=None, learn=chosen.learn, validate=chosen.validate)
    chosen = rows_for_update(through, known - held, past=verdict.past, replay=replay, seed=seed)
    validate = np.arange(known - held, known) if held else chosen.validate
    return Lesson(start=champion, learn=chosen.learn, validate=validate, short=not held)
