"""Corrections as standing tests: how a test's state moves, what a candidate made of all of them, and when one ends.

Pure: what each model answered rightly comes in as sets of ids. It knows no network and no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from infra.domain.corrections import CorrectedRow, CorrectionTest, CorrectionTests, TestState
from infra.domain.predictions import Label
from infra.domain.values import same_truth

MOST_TESTS = 500
"""Tests of a model that became so by themselves and are asked; beyond them the oldest by event time make room."""

_RIGHT: Mapping[TestState, TestState] = {"forgotten": "fixed_again", "rebroken": "fixed_again"}
_WRONG: Mapping[TestState, TestState] = {"kept": "forgotten", "fixed_again": "rebroken"}


def moved(test: CorrectionTest, *, right: bool) -> CorrectionTest:
    """The test after a champion's answer. The same answer twice changes nothing more.

    A kept one that is wrong is forgotten, a forgotten one that is right is fixed again, and wrong once more rebroken.
    """
    return replace(test, state=(_RIGHT if right else _WRONG).get(test.state, test.state))


def figures_of(
    tests: Sequence[CorrectionTest],
    *,
    candidate: AbstractSet[str],
    champion: AbstractSet[str] | None,
    since: datetime | None,
    risks: Mapping[str, float] | None = None,
) -> CorrectionTests:
    """What a candidate made of the tests; the sets hold the ids that each side answers rightly.

    Tests of rows from before `since`, when the change began that the candidate was trained for, are set aside: what
    was right then may be wrong now; those that a person made count all the same. Without a champion to ask, the
    states stand for it. `risks` says of each test that the champion has right how likely a row alike turns wrong.
    """
    counted = [test for test in tests if since is None or test.made_by or test.time >= since]
    if champion is None:
        champion = {test.prediction_id for test in counted if test.state in _WRONG}
    wrong = [test for test in counted if test.prediction_id not in candidate]
    rebroken = sum(moved(test, right=False).state == "rebroken" for test in wrong)
    return CorrectionTests(
        total=len(counted),
        kept=len(counted) - len(wrong),
        forgotten=len(wrong) - rebroken,
        rebroken=rebroken,
        lost=sum(test.prediction_id in champion for test in wrong),
        regained=sum(test.prediction_id in candidate and test.prediction_id not in champion for test in counted),
        set_aside=len(tests) - len(counted),
        expected_lost=None if risks is None else sum(risks.get(test.prediction_id, 0.0) for test in counted),
    )


def as_tests(
    rows: Sequence[CorrectedRow], *, version: int, tolerance: float | None, at: datetime
) -> list[CorrectionTest]:
    """The corrected mistakes among a promoted run's kept rows, as tests."""
    return [
        CorrectionTest(
            model=row.model,
            prediction_id=row.id,
            time=row.time,
            features=row.features,
            truth=row.truth,
            tolerance=tolerance,
            version=version,
            run_id=row.run_id,
            added_at=at,
        )
        for row in rows
        if row.fate == "fixed"
    ]


def ended(
    tests: Sequence[CorrectionTest],
    *,
    labels: Mapping[str, Label],
    held_back: AbstractSet[str],
    oldest: datetime | None,
    at: datetime,
) -> list[CorrectionTest]:
    """Those of the tests (oldest event time first) that are not to be asked any more, each with its reason.

    `labels` are those in force by prediction id (a row of the first history has none), `oldest` the event time that
    rows have to be younger than. Those that a person made neither age nor make room.
    """
    by_themselves = [test.prediction_id for test in tests if not test.made_by]
    crowded = set(by_themselves[: max(0, len(by_themselves) - MOST_TESTS)])
    found = []
    for test in tests:
        name, label = test.prediction_id, labels.get(test.prediction_id)
        reason = ""
        if label is not None and not same_truth(label.value, test.truth):
            reason = f"its label was corrected from {test.truth} to {label.value}"
        elif name in held_back:
            reason = "its label is held back in quarantine"
        elif oldest is not None and test.time < oldest and not test.made_by:
            reason = f"it is of {test.time.isoformat()}, and tests are asked for rows since {oldest.isoformat()}"
        elif name in crowded:
            reason = f"it made room: of more than {MOST_TESTS} tests the oldest go"
        if reason:
            found.append(replace(test, withdrawn_at=at, withdrawn_because=reason))
    return found
