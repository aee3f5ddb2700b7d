"""The trusted set: read before a training spends anything, and answered by both sides after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.notifying import raise_alerts
from flows.promotion import Comparison, Golden, Verdict, losses
from flows.rows.history_rows import examples_of
from flows.training.examples import Examples
from flows.trial.judging import answers_of
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError
from infra.history.golden import also_in, read_golden
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind
from infra.settings import Settings
from monitoring.trust import judge_trust


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """The rows of the trusted set, the name of its file and the hash of its bytes."""

    name: str
    sha256: str
    rows: Examples


def trusted_set(
    desk: Desk, kinds: Mapping[str, ColumnKind], known: set[str] | None, learnt: Iterable[pd.DataFrame]
) -> Trusted | None:
    """The set that the model file names, without the rows that are `learnt` from; None where it names none.

    `known` are the classes that were seen so far; None for numbers.

    Raises:
        DataError: it is not there, cannot be read, holds nothing new, or none of its classes was ever seen.
    """
    history = read_golden(desk.spec, desk.folder, kinds, settings=Settings())
    if history is None:
        return None
    name = str(desk.spec.labels.golden)
    if known is not None and not known & {str(value) for value in history.target}:
        raise DataError(
            f"the trusted set labels.golden = {name} knows the classes {_listed(history.classes)}, and the labels know "
            f"{_listed(sorted(known))}: write both alike"
        )
    rows, columns = examples_of(history), [one for one in history.kinds if history.kinds[one] != "picture"]
    if columns:  # pictures are compared by nobody
        for piece in learnt:
            rows = rows.take(np.flatnonzero(~also_in(rows.frame, piece, columns)))
    if not len(rows):
        raise DataError(
            f"the trusted set labels.golden = {name} holds nothing but rows that are learnt from: give rows of its own"
        )
    return Trusted(name=name, sha256=history.sha256, rows=rows)


def judge_golden(
    desk: Desk, trusted: Trusted | None, candidate: ModelBundle, champion: ModelBundle | None
) -> Golden | None:
    """Losses of both sides on the trusted rows."""
    if trusted is None:
        return None
    sides = [
        None if side is None else losses(desk.spec.task, answers_of(side, trusted.rows).values, trusted.rows.target)
        for side in (candidate, champion)
    ]
    assert sides[0] is not None
    return Golden(name=trusted.name, sha256=trusted.sha256, candidate=sides[0], champion=sides[1])


def tell_distrust(desk: Desk, run: TrainingRun, version: int, comparison: Comparison, verdict: Verdict) -> None:
    """Raise the alert about fresh labels that the trusted set contradicts."""
    golden = comparison.golden
    if golden is None or golden.champion is None or comparison.champion is None:
        return
    judgement = judge_trust(
        desk.spec,
        version=version,
        name=golden.name,
        trusted=golden.champion,
        fresh=comparison.champion,
        worse_on_trusted="golden" in verdict.failed,
    )
    raise_alerts(desk, judgement, at=run.at)


def _listed(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, (list, tuple)) and names else "none"
