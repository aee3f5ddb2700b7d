"""A retraining that is cut short because something is away: later and later, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from flows.retraining.pending import answer_pending
from flows.retraining.retrying import (
    LONGEST_PAUSE,
    MOST_TRIES,
    RETRAINING_FAILED,
    TRIES,
    TRIES_AT_ONCE,
    due,
    pause_after,
)
from infra.domain.errors import TrainingFailed, Unavailable
from infra.memory.tracking import MemorySnapshots
from infra.ports import Snapshots
from tests.builders import MODEL, START, Loop, started, stream, trigger


class AwaySnapshots(MemorySnapshots):
    """Snapshots that do not answer, and how often they were asked."""

    asked = 0

    def large_file(self, sha256: str, above_bytes: int) -> Path | None:
        self.asked += 1
        raise Unavailable("the disk of snapshots is away")


def waiting(folder: Path) -> Loop:
    loop, _ = started(folder, stream(900), 300)
    loop.label(loop.serve(200))
    loop.ports.triggers.save(trigger(at=loop.now))
    return loop


def at(loop: Loop, moment: datetime, snapshots: Snapshots) -> Loop:
    """The same model at a moment of the wall clock."""
    ports = replace(loop.ports, snapshots=snapshots)
    return replace(loop, desk=replace(loop.desk, ports=ports, clock=lambda: moment))


def test_what_stays_away_is_asked_less_and_less_and_given_up_with_an_alert(tmp_path: Path) -> None:
    loop, away, moment, tries = waiting(tmp_path), AwaySnapshots(tmp_path), START, []
    for _ in range(24 * 60 + 60):  # a look a minute
        try:
            answer_pending(at(loop, moment, away).desk, now=loop.now)
        except (Unavailable, TrainingFailed) as problem:
            tries.append((moment, type(problem)))
        moment += timedelta(minutes=1)
    assert [kind for _, kind in tries] == [Unavailable] * (MOST_TRIES - 1) + [TrainingFailed]
    assert away.asked == MOST_TRIES
    pauses = [later[0] - earlier[0] for earlier, later in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[: TRIES_AT_ONCE - 1] == [timedelta(minutes=1)] * (TRIES_AT_ONCE - 1)
    assert pauses[-1] == LONGEST_PAUSE
    (failed,) = loop.ports.triggers.in_state(MODEL, "failed")
    assert "is not tried again: the disk of snapshots is away" in failed.reason
    (alert,) = [one for one in loop.ports.alerts.unresolved(MODEL) if one.rule == RETRAINING_FAILED]
    assert f"tried {MOST_TRIES} times" in alert.message


def test_the_next_retraining_that_comes_to_its_end_closes_the_alert(tmp_path: Path) -> None:
    loop = waiting(tmp_path)
    tired = replace(trigger(at=loop.now), evidence={TRIES: MOST_TRIES - 1})
    loop.ports.triggers.save(tired)
    with pytest.raises(TrainingFailed, match="given up"):
        answer_pending(at(loop, START, AwaySnapshots(tmp_path)).desk, now=loop.now)
    loop.ports.triggers.save(trigger("t2", at=loop.now))
    assert answer_pending(loop.desk, now=loop.now) is not None
    assert [one.state for one in loop.ports.alerts.page(MODEL, 9) if one.rule == RETRAINING_FAILED] == ["resolved"]


def test_a_new_trigger_takes_those_along_that_wait_for_their_next_try(tmp_path: Path) -> None:
    loop = waiting(tmp_path)
    for _ in range(TRIES_AT_ONCE):
        with pytest.raises(Unavailable):
            answer_pending(at(loop, START, AwaySnapshots(tmp_path)).desk, now=loop.now)
    assert due(loop.desk) == []
    assert due(at(loop, START + pause_after(TRIES_AT_ONCE), AwaySnapshots(tmp_path)).desk) != []
    loop.ports.triggers.save(replace(trigger("wish", at=loop.now, state="requested"), source="person"))
    outcome = answer_pending(loop.desk, now=loop.now)
    assert outcome is not None
    assert {one.state for one in loop.ports.triggers.page(MODEL, 9)} == {"done"}
