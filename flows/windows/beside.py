"""How right the frozen first champion and the simple model would have been where others answered.

Both are asked about a bounded number of labelled rows of each window. Whatever keeps one of them from answering keeps
no window from being measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.desk import Desk
from flows.promotion.losses import losses
from flows.training.drawing import places_rounded_down
from flows.training.examples import from_answered
from flows.trial.judging import answers_of
from flows.windows.references import References
from infra.domain.errors import BundleError, DataError, NotFound
from infra.domain.predictions import Answered
from infra.domain.values import Answer
from infra.domain.windows import Beside, Window
from infra.model.bundle import ModelBundle

MOST_ROWS = 200


def beside_of(desk: Desk, references: References, window: Window, rows: Sequence[Answered]) -> Beside | None:
    """The figures of one window, of at most 200 of its labelled rows; None without any."""
    labelled = [row for row in rows if row.label is not None]
    if not labelled:
        return None
    drawn = [labelled[place] for place in places_rounded_down(len(labelled), MOST_ROWS)]
    served = _figure(desk, drawn, [row.prediction.value for row in drawn])
    first, simple, notes = None, None, []
    try:
        version = _first_version(desk, window)
        alone = {row.prediction.version for row in drawn} == {version}
        first = (
            served if alone else _asked(desk, references, desk.ports.versions.get(window.model, version).sha256, drawn)
        )
    except (NotFound, BundleError, DataError) as problem:
        notes.append(f"the first champion cannot be asked: {problem}")
    try:
        sha256 = _simple(desk)
        simple = None if sha256 is None else _asked(desk, references, sha256, drawn)
    except (NotFound, BundleError, DataError) as problem:
        notes.append(f"the simple model cannot be asked: {problem}")
    return Beside(rows=len(drawn), served=served, first=first, simple=simple, note="; ".join(notes))


def _first_version(desk: Desk, window: Window) -> int:
    """The version that answered first of all. Raises NotFound where the first window is not kept any more."""
    first = window if window.index == 0 else desk.ports.windows.get(window.model, 0)
    return min(first.versions)


def _simple(desk: Desk) -> str | None:
    held = (one for one in desk.ports.shadows.appointments() if (one.model, one.role) == (desk.spec.model, "simple"))
    return next((one.sha256 for one in held), None)


def _asked(desk: Desk, references: References, sha256: str, rows: Sequence[Answered]) -> float:
    bundle: ModelBundle = references.bundle(sha256)
    examples = from_answered(rows, list(bundle.schema.kinds))
    return _figure(desk, rows, answers_of(bundle, examples).values)


def _figure(desk: Desk, rows: Sequence[Answered], answers: Sequence[Answer]) -> float:
    """Accuracy, or the mean absolute error."""
    lost = float(losses(desk.spec.task, answers, [row.label.value for row in rows if row.label is not None]).mean())
    return 1.0 - lost if desk.spec.task == "classification" else lost
