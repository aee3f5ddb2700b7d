"""What a soak acknowledged, held against what is stored when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from infra.database import open_engine
from infra.ports import Ports
from infra.tables import labels, predictions
from infra.transactions import reading
from tests.soak.place import MODEL


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Of predictions and labels together; and what the loop did meanwhile."""

    lost: int
    doubled: int
    predictions: int
    labels: int
    runs: dict[str, int]
    decisions: dict[str, int]
    champions: int
    """Of the model; one is right."""


def count_kept(ports: Ports, database: str, predicted: Sequence[str], labelled: Sequence[str]) -> Kept:
    """Read everything back. `predicted` and `labelled` are the ids that were acknowledged."""
    engine = open_engine(database)
    try:
        with reading(engine) as connection:
            said = Counter(connection.scalars(select(predictions.c.id).where(predictions.c.model == MODEL)))
            true = Counter(connection.scalars(select(labels.c.prediction_id).where(labels.c.model == MODEL)))
    finally:
        engine.dispose()
    runs, decisions = ports.runs.page(MODEL, 10_000), ports.decisions.page(MODEL, 10_000)
    return Kept(
        lost=len(set(predicted) - said.keys()) + len(set(labelled) - true.keys()),
        doubled=sum(one - 1 for counted in (said, true) for one in counted.values()),
        predictions=len(said),
        labels=len(true),
        runs=dict(Counter(run.state for run in runs)),
        decisions=dict(Counter(one.kind for one in decisions)),
        champions=int(ports.versions.champion(MODEL) is not None),
    )
