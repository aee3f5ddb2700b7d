"""A person's word on which corrections later candidates are asked about: gathered, decided and stored.

What became a test by itself ends by age; one that a person made is asked as long as its label stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from infra.domain.corrections import CorrectedRow, CorrectionLedger, CorrectionTest, TestState
from infra.domain.deeds import personal
from infra.domain.errors import NotFound, Refused
from infra.domain.predictions import Label
from infra.domain.values import same_truth
from infra.ports import Ports
from infra.stores.refusals import no_ledger

MOST_BY_HAND = 500
"""Every candidate answers each of them."""


def vouch_by_hand(
    ports: Ports, model: str, run_id: str, prediction_id: str, *, actor: str, reason: str, at: datetime
) -> CorrectionTest:
    """Make a row of the run's ledger a test that stays, also one that ended or was withdrawn before.

    Raises:
        NotFound: the model has no such ledger, or it kept no such row whole.
        Refused: no model had the row right, its label changed or is held back, it is such a test already, or there
            are `MOST_BY_HAND`.
    """
    ledger, row = _row_of(ports, model, run_id, prediction_id)
    version, champion = _version_of(ports, model, run_id), ports.versions.champion(model)
    known = ports.standing_tests.get(model, prediction_id)
    _require_testable(
        row,
        known,
        ports.labels.current(model, [prediction_id]).get(prediction_id),
        held_back=prediction_id in ports.quarantines.held_back(model, [prediction_id]),
    )
    _require_room(ports, model)
    test = CorrectionTest(
        model=model,
        prediction_id=prediction_id,
        time=row.time,
        features=row.features,
        truth=row.truth,
        tolerance=ledger.tolerance,
        version=version,
        run_id=run_id,
        added_at=at,
        state=known.state if known else state_of(row, ledger, version, champion.version if champion else None),
        made_by=actor,
    )
    said = {"reason": reason, "truth": row.truth, "run": run_id}
    ports.standing_tests.decide(
        test, personal("add", "test", prediction_id, model=model, actor=actor, at=at, content=said)
    )
    return test


def withdraw_by_hand(
    ports: Ports, model: str, prediction_id: str, *, actor: str, reason: str, at: datetime
) -> CorrectionTest:
    """Let no candidate be asked about the row any more, however it became a test.

    Raises:
        NotFound: it is none.
        Refused: it was withdrawn before.
    """
    test = ports.standing_tests.get(model, prediction_id)
    if test is None:
        raise NotFound(
            f"row {prediction_id!r} of {model} is no test: `keepsharp corrections {model} --tests` lists them"
        )
    if test.withdrawn_at is not None:
        raise Refused(
            f"the test on row {prediction_id!r} ended at {test.withdrawn_at:%Y-%m-%d %H:%M} UTC "
            f"({test.withdrawn_because}): `keepsharp corrections {model} {test.run_id} --make-test {prediction_id}` "
            "asks about it again"
        )
    gone = replace(test, withdrawn_at=at, withdrawn_because=f"withdrawn by {actor}: {reason}")
    said = {"reason": reason, "truth": test.truth, "run": test.run_id}
    ports.standing_tests.decide(
        gone, personal("withdraw", "test", prediction_id, model=model, actor=actor, at=at, content=said)
    )
    return gone


def _row_of(ports: Ports, model: str, run_id: str, prediction_id: str) -> tuple[CorrectionLedger, CorrectedRow]:
    ledger = ports.corrections.get(run_id)
    if ledger.model != model:
        raise no_ledger(run_id)
    for row in ports.corrections.about(model, prediction_id):
        if row.run_id == run_id:
            return ledger, row
    raise NotFound(
        f"the ledger of run {run_id} kept no row {prediction_id!r} whole: `keepsharp corrections {model} {run_id}` "
        "lists those it kept"
    )


def _version_of(ports: Ports, model: str, run_id: str) -> int:
    version = ports.runs.get(run_id).version
    if version is None:
        raise Refused(
            f"run {run_id} made no version, so it corrected nothing: name a run that made one, "
            f"`keepsharp runs {model}` lists them"
        )
    return version


def _require_room(ports: Ports, model: str) -> None:
    if sum(bool(one.made_by) for one in ports.standing_tests.asked(model)) >= MOST_BY_HAND:
        raise Refused(f"model {model} has {MOST_BY_HAND} tests made by hand, and no more are asked: withdraw one first")


def state_of(row: CorrectedRow, ledger: CorrectionLedger, version: int, serving: int | None) -> TestState:
    """Where a new test stands by the version that serves; where the ledger does not know that one, the next training
    tells."""
    is_wrong = (serving == version and row.fate == "broken") or (
        serving == ledger.before_version and row.fate == "fixed" and serving != version
    )
    return "forgotten" if is_wrong else "kept"


def _require_testable(row: CorrectedRow, known: CorrectionTest | None, label: Label | None, *, held_back: bool) -> None:
    name = f"row {row.id!r} of {row.model}"
    if known is not None and known.made_by and known.withdrawn_at is None:
        raise Refused(f"{name} is a test by {known.made_by}'s hand already: nothing is to be done")
    if row.fate == "still_wrong":
        raise Refused(f"{name} is still wrong: a test asks that what was right stays right, so correct it first")
    if label is not None and not same_truth(label.value, row.truth):
        raise Refused(
            f"{name} is labelled {label.value} by now, and the ledger knows it as {row.truth}: a later run will tell"
        )
    if held_back:
        raise Refused(f"the label of {name} is held back in quarantine: release it first, if it is right")
