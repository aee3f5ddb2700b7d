from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.domain.errors import DataError, TrainingFailed, Unavailable
from infra.history.history import History
from services.replay.known import KnownChange
from services.replay.progress import Quiet
from services.replay.replay import LEAST_TO_TRAIN, Plan, _tell_failure
from tests.builders import KINDS, minute, spec, stream


def plan(rows: int, share: float = 0.2) -> Plan:
    made = stream(rows)
    history = History(
        frame=made.frame,
        target=list(made.truth),
        times=[minute(row) for row in range(rows)],
        kinds=KINDS,
        classes=("down", "up"),
        notes=(),
        sha256="0" * 64,
        source="somewhere",
    )
    return Plan(spec=spec(), spec_yaml="", folder=Path(), history=history, share=share)


@pytest.mark.parametrize(("rows", "share", "first"), [(500, 0.2, 100), (1_000, 0.35, 350), (101, 0.995, 100)])
def test_a_share_of_the_history_trains_the_first_champion(rows: int, share: float, first: int) -> None:
    plan(rows, share).require_enough_rows()
    assert plan(rows, share).first_rows == first


@pytest.mark.parametrize(("rows", "share"), [(499, 0.2), (100, 1.0), (50, 0.5)])
def test_too_short_a_history_says_how_many_rows_there_are(rows: int, share: float) -> None:
    with pytest.raises(DataError, match=rf"{rows} rows.*{LEAST_TO_TRAIN}.*--share"):
        plan(rows, share).require_enough_rows()


def test_a_first_part_of_one_class_is_refused_before_anything_starts() -> None:
    whole = plan(500)
    late = replace(whole, history=replace(whole.history, target=[*["up"] * 90, *["down"] * 410]))
    with pytest.raises(DataError, match=r"75 rows that are all `up`: give a larger `--share`"):
        late.require_enough_rows()
    replace(late, share=0.3).require_enough_rows()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (KnownChange(row=99), "row 99 is not replayed: rows 100 to 499"),
        (KnownChange(row=500), "row 500 is not replayed"),
        (KnownChange(row=200, columns=("x", "prise")), "no column 'prise'"),
    ],
)
def test_a_known_change_has_to_be_among_what_is_replayed(known: KnownChange, said: str) -> None:
    with pytest.raises(DataError, match=said):
        replace(plan(500), known=(known,)).require_replayed_changes()


def test_a_known_change_of_what_is_replayed_is_let_pass() -> None:
    columns = tuple(str(name) for name in plan(500).history.frame.columns)
    replace(plan(500), known=(KnownChange(row=100, columns=columns), KnownChange(row=499))).require_replayed_changes()


class Hearing(Quiet):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, *lines: str) -> None:
        self.heard += lines


def test_a_training_that_failed_is_told_and_production_goes_on() -> None:
    progress = Hearing()
    for came_of_it in ("promote", DataError("39 rows are too few"), TrainingFailed("it diverged")):
        _tell_failure(came_of_it, progress)
    assert progress.heard == ["a retraining failed: 39 rows are too few", "a retraining failed: it diverged"]


def test_a_part_that_was_away_ends_the_replay() -> None:
    with pytest.raises(Unavailable):
        _tell_failure(Unavailable("no answer"), Quiet())
