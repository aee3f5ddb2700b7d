"""Which rows a training uses, and for what: learn, stop early, judge.

Pure. The newest rows are held out to judge champion and candidate, since neither was trained on them;
rows just before them stop the training early; the rest is learnt from. A warm update learns from the rows
that are new since the champion's training plus as many drawn from what it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.training.choosing_rows import draw, hold_out
from flows.training.examples import Examples, join
from infra.domain.errors import DataError
from infra.domain.values import Answer
from infra.model.schema import Frame
from monitoring.policies.situation import Past

FIRST_HOLDOUT, FIRST_VALIDATION = 0.15, 0.10
LEAST_ROWS = 40
LEAST_AFTER_ONSET = 150


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """Rows of one part as a training goes over them."""

    frame: Frame
    target: Sequence[Answer]


@dataclass(frozen=True, kw_only=True)
class Whole(Learnt):
    """All rows that a training learns from, where they are too many for memory: in the file of their snapshot."""

    start: datetime
    end: datetime
    snapshot: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """The three parts, and how many of the training rows are new and how many were drawn from earlier ones.

    Where there is a `whole`, it is learnt from, and `train` holds some of its rows, drawn evenly.
    """

    train: Examples
    validation: Examples
    holdout: Examples
    fresh_rows: int
    replayed_rows: int
    whole: Whole | None = None

    @property
    def learnt(self) -> Learnt:
        """What the network is trained on."""
        return self.whole or Learnt(frame=self.train.frame, target=self.train.target)

    @property
    def train_rows(self) -> int:
        """How many rows are learnt from."""
        return len(self.learnt.target)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The first and the last event time of what is learnt from."""
        if self.whole is not None:
            return self.whole.start, self.whole.end
        return min(self.train.times), max(self.train.times)

    @property
    def trained_through_seq(self) -> int:
        """The last arrival that was learnt from or stopped the training; 0 for a first training."""
        return max((*self.train.seqs, *self.validation.seqs), default=0)


def first_material(history: Examples) -> Material:
    """A labelled history cut in time order into train, validation and holdout.

    Raises:
        DataError: there are too few rows to cut.
    """
    rows = len(history)
    validation, holdout = first_cut(rows)
    learnt = rows - holdout - validation
    return Material(
        train=history.cut(0, learnt),
        validation=history.cut(learnt, learnt + validation),
        holdout=history.cut(rows - holdout, rows),
        fresh_rows=learnt,
        replayed_rows=0,
    )


def first_cut(rows: int, most: int | None = None) -> tuple[int, int]:
    """(rows that stop a first training, rows that judge it), at most `most` each.

    Raises:
        DataError: there are too few rows to cut.
    """
    if rows < LEAST_ROWS:
        raise DataError(
            f"{rows} labelled rows are too few to train on: {LEAST_ROWS} are the least; give a longer history"
        )
    validation, holdout = (max(int(rows * share), 5) for share in (FIRST_VALIDATION, FIRST_HOLDOUT))
    return (validation, holdout) if most is None else (min(validation, most), min(holdout, most))


def fresh_material(
    fresh: Examples,
    earlier: Examples,
    *,
    window_rows: int,
    onset_seq: int | None,
    replay: float,
    seed: int,
    past: Past = "reservoir",
) -> Material:
    """Rows new since the champion's training, cut in time order, with earlier rows drawn beside the learnt ones.

    The holdout is one window, or 40 % of what is new where that is less. Once a degradation began at arrival
    `onset_seq`, only rows since then count as new, and those before it as earlier ones: otherwise the holdout could
    swallow every row of the new regime, or the rows of the old one drown it.

    Raises:
        DataError: there are too few new labelled rows.
    """
    rows = len(fresh)
    if rows < LEAST_ROWS:
        raise DataError(
            f"{rows} new labelled rows are too few to retrain on: {LEAST_ROWS} are the least; send labels of more rows"
        )
    before, after = _at_onset(fresh, onset_seq)
    rows = len(after)
    validation, holdout = hold_out(rows, window_rows)
    learnt = rows - holdout - validation
    drawn = _draw(join(earlier, before), int(replay * learnt), past, seed)
    return Material(
        train=join(drawn, after.cut(0, learnt)),
        validation=after.cut(learnt, learnt + validation),
        holdout=after.cut(rows - holdout, rows),
        fresh_rows=learnt,
        replayed_rows=len(drawn),
    )


def _at_onset(fresh: Examples, onset_seq: int | None) -> tuple[Examples, Examples]:
    """The rows before a degradation began and those since; of the latter at least as many as can be cut."""
    since = sum(seq >= onset_seq for seq in fresh.seqs) if onset_seq is not None else len(fresh)
    place = len(fresh) - min(max(since, LEAST_AFTER_ONSET), len(fresh))
    return fresh.cut(0, place), fresh.cut(place, len(fresh))


def _draw(earlier: Examples, count: int, past: Past, seed: int) -> Examples:
    """At most `count` earlier rows, as a backtest draws them, in time order."""
    return earlier.take(draw(len(earlier), count, past=past, seed=seed))
