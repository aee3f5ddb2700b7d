"""The chosen rows of a ledger, kept whole: what both models made of them, what moved their answer, and who pushed.

It knows nothing of how they were chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from flows.training.corrections.case import Case, Labelled
from flows.training.corrections.moved import Parts, moved_by, parts_of_truth, saliency_picture
from flows.training.corrections.pushing import Pushed, push
from flows.training.corrections.readings import places_of
from flows.training.features import row_features
from infra.domain.corrections import CorrectedRow, Fate, MovedBy
from infra.domain.values import Features
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame
from infra.model.schema import FeatureSchema


@dataclass(frozen=True, kw_only=True)
class _Side:
    """What one model's inputs say for the truth of m rows (m × width); `knows` marks the truths it knows."""

    schema: FeatureSchema
    parts: Parts
    knows: npt.NDArray[np.bool_]

    def of(self, row: int) -> tuple[FeatureSchema, Parts] | None:
        return (self.schema, self.parts[row]) if self.knows[row] else None


def keep_whole(case: Case, labelled: Labelled, kept: Sequence[int]) -> tuple[tuple[CorrectedRow, ...], str]:
    """(the rows at these places, in that order; where their pushers were read from, in words)."""
    if not kept:
        return (), "unknown: there was no row to be pushed"
    places = np.array(kept, dtype=np.int64)
    before = None if case.before is None else _side(case.before, labelled, places)
    after = _side(case.after, labelled, places)
    pushed, columns = _push(case, labelled, places[after.knows]), np.cumsum(after.knows) - 1
    rows = [
        _row(case, labelled, place, number, before, after, pushed, int(columns[number]))
        for number, place in enumerate(kept)
    ]
    return tuple(rows), pushed.words


def _side(bundle: ModelBundle, labelled: Labelled, places: npt.NDArray[np.int64]) -> _Side:
    rows = labelled.rows.take(places)
    block = bundle.schema.encode(ReadFrame.read(rows.frame, bundle.schema.kinds))
    truth = np.zeros(len(places), dtype=np.int64)
    if bundle.classes is not None:
        truth = places_of(rows.target, bundle.classes)
    return _Side(schema=bundle.schema, parts=parts_of_truth(bundle, block, np.maximum(truth, 0)), knows=truth >= 0)


def _push(case: Case, labelled: Labelled, places: npt.NDArray[np.int64]) -> Pushed:
    train = np.flatnonzero(labelled.part == "train")
    return push(
        case.after,
        case.trajectory,
        spec=case.spec,
        train=labelled.frame.take(train),
        train_target=[labelled.rows.target[place] for place in train],
        pushed=case.after.schema.encode(labelled.frame.take(places)),
        pushed_target=[labelled.rows.target[place] for place in places],
        layers=case.layers,
    )


def _row(
    case: Case,
    labelled: Labelled,
    place: int,
    number: int,
    before: _Side | None,
    after: _Side,
    pushed: Pushed,
    column: int,
) -> CorrectedRow:
    """`number` is the row's place among the kept, `column` its place among those that were pushed."""
    plain, own, train = plain_row(case, labelled, place, number + 1), after.of(number), case.parts["train"]
    if own is None:
        return plain
    return replace(
        plain,
        moved_by=_moved(plain.features, before, own, number),
        pushers=pushed.pushers(column, plain.id, train.ids, train.target),
        saliency=saliency_picture(*own),
    )


def plain_row(case: Case, labelled: Labelled, place: int, number: int) -> CorrectedRow:
    """A row with what both models made of it; `number` is its place in the ledger, from 1."""
    rows = labelled.rows
    return CorrectedRow(
        run_id=case.run_id,
        model=case.spec.model,
        place=number,
        id=rows.ids[place],
        part=labelled.part[place],
        time=rows.times[place],
        fate=_fate(labelled, place),
        truth=rows.target[place],
        before=labelled.before.of(place),
        after=labelled.after.of(place),
        features=row_features(labelled.frame, labelled.frame.columns, place),
    )


def _moved(
    features: Features, before: _Side | None, after: tuple[FeatureSchema, Parts], number: int
) -> tuple[MovedBy, ...]:
    return moved_by(features, None if before is None else before.of(number), after)


def _fate(labelled: Labelled, place: int) -> Fate:
    if not labelled.before.wrong[place]:
        return "broken"
    return "still_wrong" if labelled.after.wrong[place] else "fixed"
