"""The gate: everything that a candidate is judged on is gathered here, decided purely, and written down.

`flows.promotion` decides; nothing here knows a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from flows.desk import Desk
from flows.promotion import Allotment, Comparison, Verdict, decide_promotion
from flows.rows.ordering import Order
from flows.training.parquet_frame import pieces_of
from flows.trial.blessing import bless
from flows.trial.doubting import label_doubt
from flows.trial.golden import Trusted, judge_golden, tell_distrust, trusted_set
from flows.trial.holdouts import allotment_of, record_uses
from flows.trial.judging import compare
from infra.domain.corrections import CorrectionTests
from infra.domain.decisions import TrainingRun
from infra.domain.values import Answer, class_name
from infra.model.bundle import ModelBundle


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was compared, what the candidate could use up of the chance of a false promotion, and the verdict."""

    comparison: Comparison
    allotment: Allotment
    verdict: Verdict


def trusted_rows(desk: Desk, asked: Order) -> Trusted | None:
    """The trusted set, read before anything is spent on training. Raises DataError when it cannot be used."""
    material, known = asked.material, None
    if desk.spec.task == "classification":
        known = {class_name(value) for value in material.learnt.target}
    return trusted_set(desk, asked.kinds, known, chain(pieces_of(material.learnt.frame), [material.validation.frame]))


def judge(
    desk: Desk,
    run: TrainingRun,
    asked: Order,
    candidate: ModelBundle,
    answers: Sequence[Answer],
    trusted: Trusted | None,
    corrections: CorrectionTests | None = None,
) -> Judged:
    """Champion, candidate and simple model (by its `answers`) on the held-out rows, and both on the trusted ones."""
    holdout, champion = asked.material.holdout, asked.champion_bundle
    comparison = compare(
        desk.spec,
        holdout,
        candidate=candidate,
        champion=champion,
        baseline=answers,
        golden=judge_golden(desk, trusted, candidate, champion),
        load=bless(desk, candidate, champion),
    )
    comparison = replace(comparison, corrections=corrections, doubt=label_doubt(desk))
    allotment = allotment_of(desk, holdout, run.id)
    verdict = decide_promotion(comparison, desk.spec.promotion, allotment, shadow_rows=desk.spec.shadow_rows)
    return Judged(comparison=comparison, allotment=allotment, verdict=verdict)


def write_down(desk: Desk, run: TrainingRun, version: int, asked: Order, judged: Judged, token: int) -> None:
    """What was used of the held-out rows, and the alert about labels that the trusted set contradicts.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    golden = judged.comparison.golden
    record_uses(desk, run, version, asked.material.holdout, judged.verdict, judged.allotment, golden, token)
    tell_distrust(desk, run, version, judged.comparison, judged.verdict)
