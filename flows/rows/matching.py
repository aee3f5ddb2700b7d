"""The labelled rows that champion and challenger are compared on: found by their labels, not among all that arrived.

A run notes how far labels and arrivals reached before it gathered its rows. What was labelled by then lies before that
arrival; everything later is read in the order in which labels came, and no more of it than a trial takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.desk import Desk
from flows.rows.labelled import newest_labelled
from flows.rows.origins import run_named
from flows.rows.quarantining import without_held_back
from infra.domain.decisions import Candidate, Champion
from infra.domain.predictions import Answered

LABELS_JOINED, ARRIVED = "labels_joined_before", "arrived_before"
"""The figures of a run that say how many labels had found their predictions, and which arrival was the last."""
PAGE = 500


def reach(desk: Desk) -> dict[str, float]:
    """How far labels and arrivals reach now, as a run notes it before it gathers its rows."""
    ports, model = desk.ports, desk.spec.model
    return {
        LABELS_JOINED: float(ports.labels.last_place(model)),
        ARRIVED: float(ports.predictions.last_seq(model)),
    }


def matched_rows(desk: Desk, candidate: Candidate, champion: Champion, most: int) -> list[Answered]:
    """Labelled rows that the champion answered and the candidate did not learn from, as their labels became known.

    Once there are `most`, no page of labels is read beyond them. Labels held back count for nothing.
    """
    through = int(desk.bundle(candidate.sha256).provenance["trained_through_seq"] or 0)
    first = max(through, champion.since_seq) + 1
    found = {row.prediction.id: row for row in _before(desk, candidate, first) if _is_of(row, champion)}
    for page in _labels_since(desk, candidate):
        if len(found) >= most:
            break
        rows = [row for row in page if row.seq >= first and _is_of(row, champion)]
        found.update({row.prediction.id: row for row in without_held_back(desk, rows) if row.label is not None})
    return sorted(found.values(), key=_known_at)


def _before(desk: Desk, candidate: Candidate, first: int) -> Iterator[Answered]:
    """What arrived before the run gathered its rows; all there is where the run noted no reach."""
    noted = _noted(desk, candidate).get(ARRIVED)
    return newest_labelled(desk, first, None if noted is None else int(noted))


def _labels_since(desk: Desk, candidate: Candidate) -> Iterator[list[Answered]]:
    """Labelled rows in the order in which their labels came since, a page at a time; a corrected one comes again."""
    noted = _noted(desk, candidate).get(LABELS_JOINED)
    after = None if noted is None else int(noted)
    while after is not None and (page := desk.ports.labels.joined(desk.spec.model, after, PAGE)):
        yield [Answered(seq=one.seq, prediction=one.prediction, label=one.label) for one in page]
        after = page[-1].place


def _noted(desk: Desk, candidate: Candidate) -> Mapping[str, float]:
    run = run_named(desk, candidate.run_id)
    return (run.metrics if run else None) or {}


def _is_of(row: Answered, champion: Champion) -> bool:
    return row.prediction.version == champion.version


def _known_at(row: Answered) -> tuple[float, int]:
    assert row.label is not None
    return row.label.time.timestamp(), row.seq
