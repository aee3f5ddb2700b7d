"""The corrections of a run, from gathering to keeping: its ledger, and the standing tests it has to answer.

What is judged is pure and lies elsewhere (`flows.training.corrections`, `flows.corrections.standing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from flows.corrections.standing import as_tests, ended, figures_of, moved
from flows.desk import Desk
from flows.rows.ordering import Order
from flows.training.corrections.affording import SHARE
from flows.training.corrections.case import Case
from flows.training.corrections.ledger import Examined, examine
from flows.training.corrections.readings import Floats, tenths
from flows.training.corrections.trajectory import Trajectory
from flows.training.fitting import Fitted
from infra.domain.alerts import Trigger
from infra.domain.corrections import CorrectionTest, CorrectionTests
from infra.domain.decisions import Candidate, TrainingRun
from infra.domain.errors import NotFound
from infra.domain.values import same_truth
from infra.model.bundle import ModelBundle

MANY_ROWS = 1_000


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What a run corrected, and what it made of the standing tests."""

    examined: Examined
    figures: CorrectionTests


def look_at_corrections(
    desk: Desk,
    run: TrainingRun,
    asked: Order,
    trigger: Trigger,
    fitted: Fitted,
    trajectory: Trajectory,
    token: int,
) -> Corrected | None:
    """Keep the run's ledger, and ask its candidate what earlier runs corrected; None where the model file says so.

    The ledger takes at most a share of the seconds that the training took.

    Raises:
        DataError: a row that champion or candidate cannot read.
        Refused: the lease that the token belongs to has been taken over.
    """
    if not desk.spec.evidence.corrections:
        return None
    candidate = fitted.bundle
    examined = examine(_case(desk, run, asked, fitted, trajectory))
    desk.ports.corrections.save(examined.ledger, examined.rows, token)
    tests = standing_tests(desk, run.at, asked.champion_bundle or candidate, token)
    right, before = right_answers(candidate, tests), None
    if asked.champion_bundle is not None:
        before = right_answers(asked.champion_bundle, tests)
        tests = [moved(test, right=test.prediction_id in before) for test in tests]
        desk.ports.standing_tests.save(tests, token)
    figures = figures_of(
        tests,
        candidate=set(right),
        champion=None if before is None else set(before),
        since=_onset(desk, trigger),
        risks=_risks(before, examined.turned),
    )
    return Corrected(examined=examined, figures=figures)


def _case(desk: Desk, run: TrainingRun, asked: Order, fitted: Fitted, trajectory: Trajectory) -> Case:
    """What the ledger is made of; a champion without its bundle is none."""
    material, champion = asked.material, asked.champion if asked.champion_bundle is not None else None
    return Case(
        spec=desk.spec,
        run_id=run.id,
        at=run.at,
        parts={"train": material.train, "validation": material.validation, "holdout": material.holdout},
        after=fitted.bundle,
        trajectory=trajectory,
        before=asked.champion_bundle,
        before_version=None if champion is None else champion.version,
        accepted=None if champion is None else champion.accepted,
        layers=desk.spec.evidence.influence,
        budget_seconds=SHARE * fitted.cpu_seconds,
        drawn_of=None if material.whole is None else material.train_rows,
    )


def settle(desk: Desk, candidate: Candidate, at: datetime, token: int) -> None:
    """The candidate serves: its answers are what the tests stand at, and what it corrected becomes tests.

    Done twice it changes nothing more. Nothing where the model file keeps no corrections.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    if not desk.spec.evidence.corrections:
        return
    tests = desk.ports.standing_tests.asked(desk.spec.model)
    if tests:
        right = right_answers(desk.bundle(candidate.sha256), tests)
        desk.ports.standing_tests.save([moved(test, right=test.prediction_id in right) for test in tests], token)
    _adopt(desk, candidate.run_id, candidate.version, at, token)


def standing_tests(desk: Desk, now: datetime, reader: ModelBundle, token: int) -> list[CorrectionTest]:
    """The tests that are asked at `now`, oldest event time first; those that ended are withdrawn.

    What the champion corrected is among them, however it came to serve: by a run, by hand, or by a shadow. A test
    that `reader` cannot read, since the model has other columns now, ends as well.
    """
    ports, model = desk.ports, desk.spec.model
    champion = ports.versions.champion(model)
    if champion is not None:
        _adopt(desk, ports.versions.get(model, champion.version).run_id, champion.version, now, token)
    tests = ports.standing_tests.asked(model)
    ids = [test.prediction_id for test in tests]
    gone = ended(
        tests,
        labels=ports.labels.current(model, ids),
        held_back=ports.quarantines.held_back(model, ids),
        oldest=_oldest(desk, now),
        at=now,
    )
    gone += [
        replace(test, withdrawn_at=now, withdrawn_because=f"the model cannot read it any more: {problem}")
        for test, problem in _unreadable(reader, tests)
        if test.prediction_id not in {one.prediction_id for one in gone}
    ]
    ports.standing_tests.save(gone, token)
    withdrawn = {test.prediction_id for test in gone}
    return [test for test in tests if test.prediction_id not in withdrawn]


def right_answers(bundle: ModelBundle, tests: Sequence[CorrectionTest]) -> dict[str, float | None]:
    """Ids of the tests that a bundle answers rightly, each with its confidence; one that it cannot read is none."""
    if not tests:
        return {}
    parsed = bundle.schema.parse([dict(test.features) for test in tests])
    if not parsed.good:
        return {}
    answers, read = bundle.answer(parsed.block), [tests[place] for place in parsed.good]
    confidences = answers.confidences or [None] * len(read)
    return {
        test.prediction_id: confidence
        for test, answer, confidence in zip(read, answers.values, confidences, strict=True)
        if _is_right(test, answer)
    }


def _risks(before: Mapping[str, float | None] | None, turned: Floats | None) -> dict[str, float] | None:
    """How likely each test that the champion has right would turn wrong, were it any row of that confidence."""
    if before is None or turned is None:
        return None
    names = [name for name, confidence in before.items() if confidence is not None]
    sure = np.array([before[name] for name in names], dtype=np.float64)
    return dict(zip(names, turned[tenths(sure)].tolist(), strict=True))


def _is_right(test: CorrectionTest, answer: str | float) -> bool:
    if test.tolerance is None:
        return same_truth(answer, test.truth)
    return abs(float(answer) - float(test.truth)) <= test.tolerance


def _adopt(desk: Desk, run_id: str, version: int, at: datetime, token: int) -> None:
    """Make tests of what a run corrected; a first training corrected nobody, and a test there is stays as it is."""
    ports = desk.ports
    try:
        ledger = ports.corrections.get(run_id)
    except NotFound:
        return  # it was trained with `corrections: false`, or before there were ledgers
    if ledger.before_version is not None:
        rows = ports.corrections.rows(run_id, MANY_ROWS)
        ports.standing_tests.add(as_tests(rows, version=version, tolerance=ledger.tolerance, at=at), token)


def _unreadable(bundle: ModelBundle, tests: Sequence[CorrectionTest]) -> list[tuple[CorrectionTest, str]]:
    read = bundle.schema.read([dict(test.features) for test in tests])
    return [
        (tests[error.row], f"{error.field!r} {error.problem}" if error.field else error.problem)
        for error in read.errors
    ]


def _oldest(desk: Desk, now: datetime) -> datetime | None:
    """The event time that a test's row has to be younger than; None while the model is younger itself."""
    span = desk.spec.evidence.tests_for
    if span.duration is not None:
        return now - span.duration
    assert span.rows is not None
    return _time_of(desk, desk.ports.predictions.last_seq(desk.spec.model) - span.rows)


def _onset(desk: Desk, trigger: Trigger) -> datetime | None:
    """When the change began that a run was asked for, in event time; None where none is known."""
    seq = trigger.evidence.get("onset_seq")
    return None if seq is None else _time_of(desk, int(seq))


def _time_of(desk: Desk, seq: int) -> datetime | None:
    """Event time of an arrival; None where there is none."""
    found = desk.ports.predictions.between(desk.spec.model, seq, seq) if seq > 0 else []
    return found[0].prediction.time if found else None
