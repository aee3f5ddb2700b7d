"""What current traffic is compared with: the rows a champion was trained on, and its answers to them.

A reference belongs to a bundle, so it is drawn once for each and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.examples import from_snapshot
from flows.judging import answers_of
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from monitoring.pictures import summarise_pictures

REFERENCE_ROWS = 2_000
PREDICTION, TARGET = "prediction", "target"
_TAKEN = {name: f"{name} (feature)" for name in (PREDICTION, TARGET)}
"""A feature may be called as the answers or the labels are; where they are compared it goes by another name."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Evenly drawn rows of a champion's snapshot, pictures by their figures, its answers in `prediction`.

    Labels are in `target`.

    `raw_kinds` are the kinds of the columns as they come; `kinds` those of `frame`.
    """

    sha256: str
    frame: pd.DataFrame
    kinds: dict[str, str]
    raw_kinds: dict[str, str]


@dataclass
class References:
    """The references of one desk, by bundle hash."""

    desk: Desk
    _kept: dict[str, Reference] = field(default_factory=dict)

    def of(self, sha256: str) -> Reference:
        """The reference of this bundle; drawn at the first call."""
        if sha256 not in self._kept:
            self._kept[sha256] = _draw(self.desk, self.desk.bundle(sha256))
        return self._kept[sha256]


def with_answers(frame: pd.DataFrame, answers: Sequence[Answer], labels: Sequence[Answer | None]) -> pd.DataFrame:
    """The features with the answers to them in `prediction` and the labels in `target`."""
    return frame.rename(columns=_TAKEN).assign(**{PREDICTION: list(answers), TARGET: list(labels)})


def _draw(desk: Desk, bundle: ModelBundle) -> Reference:
    rows = from_snapshot(desk.ports.snapshots.load(str(bundle.provenance["snapshot"])))
    places = np.unique(np.linspace(0, len(rows) - 1, min(REFERENCE_ROWS, len(rows))).astype(int))
    drawn = rows.take(places)
    raw_kinds: dict[str, str] = {
        column.name: column.kind for column in bundle.schema.columns if column.kind != "carried"
    }
    frame, kinds = summarise_pictures(drawn.frame, raw_kinds)
    frame = with_answers(frame, answers_of(bundle, drawn).values, drawn.target)
    kinds = {_TAKEN.get(name, name): kind for name, kind in kinds.items()}
    kinds[PREDICTION] = "categorical" if desk.spec.task == "classification" else "numeric"
    return Reference(sha256=bundle.sha256, frame=frame, kinds=kinds, raw_kinds=raw_kinds)
