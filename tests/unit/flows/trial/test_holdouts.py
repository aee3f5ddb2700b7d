"""The ledger of held-out rows of a run that was killed after it wrote its look down, and goes on."""

from __future__ import annotations

from pathlib import Path

from flows.promotion import Verdict
from flows.trial.holdouts import allotment_of, record_uses
from infra.domain.holdouts import HoldoutUse
from tests.builders import MODEL, Loop, started, stream


def looked(loop: Loop, rows: int) -> list[HoldoutUse]:
    """The uses of candidates, after the first run looked at so many rows."""
    (run,), holdout = loop.ports.runs.page(MODEL, 1), loop.stream.examples(rows)
    allotment = allotment_of(loop.desk, holdout, run.id)
    verdict = Verdict(promote=True, reasons=(), accepted=0.9, p_value=0.001)
    record_uses(loop.desk, run, 2, holdout, verdict, allotment, None, loop.token())
    return [one for one in loop.ports.holdout_uses.page(MODEL, 9) if one.version == 2]


def test_the_same_look_again_counts_once_and_another_one_as_another_candidate(tmp_path: Path) -> None:
    loop, _ = started(tmp_path, stream(300), 300)
    (first,) = looked(loop, 100)
    assert looked(loop, 100) == [first]
    newest, kept = looked(loop, 90)
    assert kept == first
    assert newest.rows == 90
    assert newest.id != first.id
    assert newest.alpha is not None
    assert first.alpha is not None
    assert newest.alpha < first.alpha
