"""What current traffic is compared with: the rows a champion was trained on, and its answers to them.

A reference belongs to a bundle, so it is drawn and summed up once for each and kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.rows.frozen import Spread, spread_over
from flows.training.examples import Examples
from flows.trial.judging import answers_of
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.spec import ModelSpec
from monitoring.duplicates import repeats_in
from monitoring.embeddings import evenly
from monitoring.importance import column_weights
from monitoring.pictures import FIGURES, summarise_pictures
from monitoring.profiles import ReferenceProfile, profile_reference, sampling_error
from monitoring.runs import longest_runs

REFERENCE_ROWS, REFERENCE_PICTURES = 20_000, 2_000
"""Rows of a reference at most; fewer where each has a picture to be unpacked."""
WEIGHED_ROWS = 2_000
"""Rows that say how much the network uses a column."""
PREDICTION, TARGET = "prediction", "target"
_TAKEN = {name: f"{name} (feature)" for name in (PREDICTION, TARGET)}
"""A feature may be called as the answers or the labels are; where they are compared it goes by another name."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Evenly drawn rows of a champion's snapshot, pictures by their figures, its answers in `prediction`.

    Labels are in `target`. `raw_kinds` are the kinds of the columns as they come; `kinds` those of `frame`, which
    `profile` sums up. `embedding` is how the network sees some of the rows (n × size), None where it does not show.
    """

    sha256: str
    frame: pd.DataFrame
    kinds: dict[str, str]
    raw_kinds: dict[str, str]
    profile: ReferenceProfile
    bundle: ModelBundle
    embedding: np.ndarray | None

    def embed(self, frame: pd.DataFrame) -> np.ndarray | None:
        """How the network sees rows as they come. Raises DataError when its schema cannot hold them."""
        return self.bundle.embed(self.bundle.schema.encode(frame))


@dataclass
class References:
    """The references of one desk, by bundle hash."""

    desk: Desk
    _kept: dict[str, Reference] = field(default_factory=dict)
    _bundles: dict[str, ModelBundle] = field(default_factory=dict)

    def bundle(self, sha256: str) -> ModelBundle:
        """The bundle itself, read once: some are asked about every window. Raises NotFound, BundleError."""
        if sha256 not in self._bundles:
            kept = self._kept.get(sha256)
            self._bundles[sha256] = self.desk.bundle(sha256) if kept is None else kept.bundle
        return self._bundles[sha256]

    def of(self, sha256: str) -> Reference:
        """The reference of this bundle; drawn at the first call."""
        if sha256 not in self._kept:
            bundle = self.bundle(sha256)
            snapshot = str(bundle.provenance["snapshot"])
            rows = spread_over(self.desk, snapshot, most_of(bundle))
            self._kept[sha256] = reference_of(bundle, rows, self.desk.spec)
        return self._kept[sha256]


def with_answers(frame: pd.DataFrame, answers: Sequence[Answer], labels: Sequence[Answer | None]) -> pd.DataFrame:
    """The features with the answers to them in `prediction` and the labels in `target`."""
    return frame.rename(columns=_TAKEN).assign(**{PREDICTION: list(answers), TARGET: list(labels)})


def compared_frame(
    frame: pd.DataFrame, raw_kinds: Mapping[str, str], answers: Sequence[Answer], labels: Sequence[Answer | None]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """(rows as they are compared, pictures by their figures, with answers and labels; the kinds of the features)."""
    summed, kinds = summarise_pictures(frame, raw_kinds)
    return with_answers(summed, answers, labels), {_TAKEN.get(name, name): kind for name, kind in kinds.items()}


def most_of(bundle: ModelBundle) -> int:
    """Rows of this bundle's reference at most."""
    return REFERENCE_ROWS if bundle.schema.picture is None else REFERENCE_PICTURES


def draw_reference(bundle: ModelBundle, rows: Examples, spec: ModelSpec) -> Reference:
    """What traffic answered by this bundle is compared with: the rows it was trained on, which are all given."""
    return reference_of(bundle, Spread.over(rows, most_of(bundle)), spec)


def reference_of(bundle: ModelBundle, rows: Spread, spec: ModelSpec) -> Reference:
    """The same of rows that were drawn already."""
    drawn = rows.evenly
    raw_kinds: dict[str, str] = {
        column.name: column.kind for column in bundle.schema.columns if column.kind != "carried"
    }
    frame, kinds = compared_frame(drawn.frame, raw_kinds, answers_of(bundle, drawn).values, drawn.target)
    kinds[PREDICTION] = "categorical" if spec.task == "classification" else "numeric"
    block = evenly(bundle.schema.encode(drawn.frame), WEIGHED_ROWS)
    newest = rows.newest.frame[[name for name in raw_kinds if name in rows.newest.frame]]
    repeats, looked_at = repeats_in(newest, list(newest.columns))
    profile = profile_reference(
        frame,
        kinds,
        weights=_weights(bundle, block),
        repeats=repeats / max(1, looked_at),
        runs=longest_runs(newest.rename(columns=_TAKEN)),
        sampled=_sample_words(len(drawn), rows.rows),
    )
    return Reference(
        sha256=bundle.sha256,
        frame=frame,
        kinds=kinds,
        raw_kinds=raw_kinds,
        profile=profile,
        bundle=bundle,
        embedding=bundle.embed(block),
    )


def _weights(bundle: ModelBundle, block: np.ndarray) -> dict[str, float]:
    """Weight of each compared column; the figures of a picture share its weight. Empty: all weigh the same."""
    sensitivity = bundle.sensitivity(block)
    if sensitivity is None:
        return {}
    weights = column_weights(sensitivity, block.std(axis=0, dtype=np.float64), bundle.schema.inputs)
    picture = bundle.schema.picture
    if picture is not None:
        weight = weights.pop(picture.name)
        weights |= {f"{picture.name}_{figure}": weight for figure in FIGURES}
    return {_TAKEN.get(name, name): weight for name, weight in weights.items()}


def _sample_words(drawn: int, rows: int) -> str:
    if drawn == rows:
        return ""
    return (
        f"{drawn} of {rows} rows of the reference, drawn evenly over time: a share of them may be off by "
        f"{sampling_error(drawn):.3f} (with 95% confidence)"
    )
