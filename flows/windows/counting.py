"""Count windows that are too large to be held: exactly, from all their rows, in bounded memory.

Each share of a window is read in columns, a block at a time, and counted; the tallies of the shares are merged. What
needs whole rows at once reads an even draw instead (`flows.windows.cutting.rows_of`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.spreading import shares_of
from flows.windows.references import Reference, with_answers
from infra.domain.stretches import JudgedBlock, Stretch
from infra.domain.values import class_name
from infra.ports import Ports
from infra.spec import ModelSpec
from monitoring.performance import CONFIDENT, loss_of
from monitoring.pictures import summarise_pictures
from monitoring.profiles import ReferenceProfile
from monitoring.scores import ScoreTally
from monitoring.tallies import WindowTally

BLOCK_ROWS = 10_000
"""So many rows are in memory at once."""


@dataclass(kw_only=True)
class Counted:
    """A window's columns, counted against its reference, and how many categories its versions did not know."""

    tally: WindowTally
    unknown_categories: int = 0


@dataclass(frozen=True, kw_only=True)
class CountColumns:
    """Work on one share: its columns against a reference."""

    profile: ReferenceProfile
    raw_kinds: Mapping[str, str]

    def __call__(self, ports: Ports, share: Stretch) -> Counted:
        counted = Counted(tally=WindowTally(self.profile))
        for block in ports.stretches.asked(share, BLOCK_ROWS):
            frame, _ = summarise_pictures(pd.DataFrame([dict(row) for row in block.features]), self.raw_kinds)
            counted.tally.add(with_answers(frame, block.values, [None] * len(block.values)))
            counted.unknown_categories += block.unknown_categories
        return counted


@dataclass(frozen=True, kw_only=True)
class CountLosses:
    """Work on one share: how right its answers were. Labels that stand in quarantine are left out."""

    spec: ModelSpec = field(repr=False)

    def __call__(self, ports: Ports, share: Stretch) -> ScoreTally:
        tally, held = ScoreTally(), bool(ports.quarantines.standing(share.model))
        for block in ports.stretches.judged(share, BLOCK_ROWS):
            back = ports.quarantines.held_back(share.model, list(block.ids)) if held else frozenset()
            losses = _losses(block, self.spec.task)
            kept = np.array([one not in back for one in block.ids], dtype=np.bool_)
            sure = np.array([(one or 0.0) >= CONFIDENT for one in block.confidences], dtype=np.bool_)
            wrong = (losses != 0.0) & sure & kept & (self.spec.task == "classification")
            tally.add(losses[kept], confident_errors=int(wrong.sum()))
        return tally


def count_columns(desk: Desk, reference: Reference, stretch: Stretch) -> Counted:
    """All rows of the stretch against the reference, in the order of arrival."""
    whole = Counted(tally=WindowTally(reference.profile))
    work = CountColumns(profile=reference.profile, raw_kinds=reference.raw_kinds)
    for part in desk.spread(desk.ports, work, shares_of(stretch)):
        whole.tally.merge(part.tally)
        whole.unknown_categories += part.unknown_categories
    return whole


def count_losses(desk: Desk, stretch: Stretch) -> ScoreTally:
    """The losses of all labelled rows of the stretch."""
    whole = ScoreTally()
    for part in desk.spread(desk.ports, CountLosses(spec=desk.spec), shares_of(stretch)):
        whole.merge(part)
    return whole


def _losses(block: JudgedBlock, task: str) -> np.ndarray:
    if task != "classification":
        return np.array([loss_of(value, truth, task) for value, truth in zip(block.values, block.labels, strict=True)])
    return _differ(block.values, block.labels)


def _differ(values: Sequence[object], truths: Sequence[object]) -> np.ndarray:
    """1 where two classes have different names; equal values have one name."""
    pairs = zip(values, truths, strict=True)
    return np.array([one != other and class_name(one) != class_name(other) for one, other in pairs], dtype=np.float64)
