"""Labels that a run is the first to use, which are paid for with it, and with no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.costing import price_labels
from flows.desk import Desk
from flows.training.material import Material
from infra.domain.decisions import TrainingRun

MANY_RUNS = 1_000
LABELS_THROUGH = "labels_through_seq"
"""The figure of a run that says how far in the order of arrival its labels reach."""


@dataclass(frozen=True, kw_only=True)
class _Reached:
    """What an earlier run could use: rows up to an arrival, with the labels that were known at a moment."""

    seq: float
    at: datetime


def charge_labels(desk: Desk, run: TrainingRun, material: Material) -> float:
    """Charge the labels that no run used before; how far they reach, which the run has to keep in the same breath.

    Before the decision, so that a run that is killed after it has neither left them unpaid nor to be paid twice.
    """
    count = _first_used(desk, run, material)
    desk.ports.costs.add(price_labels(count, desk.spec, run_id=run.id, at=run.at))
    return float(max(material.holdout.seqs))


def _first_used(desk: Desk, run: TrainingRun, material: Material) -> int:
    """Those that arrived after the last run, and labels of older rows that came when no run could use them any more.

    A label counts once, however often it was corrected. One that was held back when a run would have used it counts
    as used by that run.
    """
    runs = [one for one in desk.ports.runs.page(desk.spec.model, MANY_RUNS) if one.id != run.id]
    earlier = [
        _Reached(seq=one.metrics[LABELS_THROUGH], at=one.at)
        for one in runs
        if one.metrics is not None and LABELS_THROUGH in one.metrics
    ]
    through = max((one.seq for one in earlier), default=-1.0)
    parts = (material.train, material.validation, material.holdout)
    rows = [(name, seq) for part in parts for name, seq in zip(part.ids, part.seqs, strict=True)]
    older = {name: seq for name, seq in rows if 0 < seq <= through}
    return sum(seq > through for _, seq in rows) + _came_late(desk, older, earlier)


def _came_late(desk: Desk, older: Mapping[str, int], earlier: list[_Reached]) -> int:
    """How many of these rows, by id and arrival, had no label yet at the last run that reached them."""
    labels, model, count = desk.ports.labels, desk.spec.model, 0
    for name, label in labels.current(model, list(older)).items():
        seen = max((one.at for one in earlier if one.seq >= older[name]), default=None)
        if seen is not None and label.time > seen:
            count += labels.history(model, name)[0].time > seen  # a corrected one was there before
    return count
