"""A labelled history as examples to train on."""

from __future__ import annotations

from datetime import datetime

from flows.training.examples import Examples
from infra.history.filed import FiledHistory
from infra.history.history import History


def examples_of(history: History) -> Examples:
    """Every row of the history; none was ever predicted, so each stands at arrival 0."""
    rows = len(history.target)
    return Examples(
        frame=history.frame,
        target=tuple(history.target),
        times=tuple(history.times),
        ids=tuple(f"history-{row}" for row in range(rows)),
        seqs=(0,) * rows,
    )


def learnt_of(history: History | FiledHistory) -> tuple[Examples | FiledHistory, datetime]:
    """(what a first training learns from, the event time of the last row); one that lies in files stays there."""
    if isinstance(history, FiledHistory):
        return history, history.end
    return examples_of(history), history.times[-1]
