"""The ledger of held-out rows: what a candidate may use up of them, and what it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from flows.desk import Desk
from flows.promotion import Allotment, Golden, Verdict, allot
from flows.promotion.shadow import Trial
from flows.training.examples import Examples
from infra.domain.decisions import Candidate, TrainingRun
from infra.domain.errors import Conflict, TrainingFailed
from infra.domain.holdouts import HoldoutOutcome, HoldoutUse
from infra.domain.values import class_name
from monitoring.rules import ACCURACY_DEGRADED

MANY_USES = 10_000
MOST_LOOKS = 9
"""Looks of one run at held-out rows: it is killed no more often than that."""


def allotment_of(desk: Desk, holdout: Examples, run_id: str) -> Allotment:
    """What a candidate that is to be judged on these rows may use up of the chance of a false promotion.

    A run that was killed after it wrote down its use, and goes on, is judged once: on the same rows it may use up what
    it had, and on others it counts as another candidate.
    """
    digest = _digest(holdout)
    alarms = [one.opened_at for one in desk.ports.alerts.unresolved(desk.spec.model) if one.rule == ACCURACY_DEGRADED]
    return allot(
        desk.spec.promotion.confidence,
        [
            _earlier(use, run_id)
            for use in desk.ports.holdout_uses.page(desk.spec.model, MANY_USES)
            if (use.run_id, use.sha256) != (run_id, digest)
        ],
        holdout.seqs,
        alarm_since=min(alarms, default=None),
        second_chance=desk.spec.promotion.second_chance,
        in_shadow=bool(desk.spec.promotion.shadow),
    )


def record_uses(
    desk: Desk,
    run: TrainingRun,
    version: int,
    holdout: Examples,
    verdict: Verdict,
    allotment: Allotment,
    golden: Golden | None,
    token: int,
) -> None:
    """Write down what was used, before anything is done about it: what was looked at was looked at.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    outcome: HoldoutOutcome = "promote" if verdict.promote else "wait" if verdict.waits_in_shadow else "reject"
    tested = verdict.p_value is not None
    window = HoldoutUse(
        id=f"{run.id}:window",
        model=desk.spec.model,
        at=run.at,
        version=version,
        run_id=run.id,
        kind="window",
        first_seq=min(holdout.seqs),
        last_seq=max(holdout.seqs),
        rows=len(holdout),
        sha256=_digest(holdout),
        alpha=allotment.alpha if tested else None,
        later=allotment.later if tested else 0.0,
        p_value=verdict.p_value,
        outcome=outcome,
    )
    _keep(desk, window, token)
    if golden is not None:
        _keep(desk, _of_trusted(golden, window, verdict), token)


def record_trial(
    desk: Desk, candidate: Candidate, gate: HoldoutUse | None, trial: Trial, now: datetime, token: int
) -> None:
    """Write down that a sequential test over a candidate's labels ended, and with what. Raises Refused as before."""
    if gate is None or _trial_is_known(desk, candidate):
        return  # the process that wrote it down was killed before it could act on it
    outcome: HoldoutOutcome = "promote" if trial.outcome == "promote" else "reject"
    ended = replace(
        gate,
        id=f"{candidate.run_id}:shadow",
        at=now,
        kind="shadow",
        first_seq=gate.first_seq,
        last_seq=desk.ports.predictions.last_seq(desk.spec.model),
        alpha=gate.later,
        later=0.0,
        p_value=trial.p_value,
        outcome=outcome,
    )
    desk.ports.holdout_uses.add(ended, token)


def _keep(desk: Desk, use: HoldoutUse, token: int) -> None:
    """Once; where a run was killed and goes on with other rows or another chance, both of its looks stand."""
    for name in (use.id, *(f"{use.id}:{look}" for look in range(2, MOST_LOOKS + 1))):
        try:
            desk.ports.holdout_uses.add(replace(use, id=name), token)
        except Conflict:
            continue
        return
    raise TrainingFailed(f"run {use.run_id} was judged {MOST_LOOKS} times, each time differently: ask for a new one")


def _trial_is_known(desk: Desk, candidate: Candidate) -> bool:
    uses = desk.ports.holdout_uses.page(desk.spec.model, MANY_USES)
    return any(use.kind == "shadow" and use.run_id == candidate.run_id for use in uses)


def _earlier(use: HoldoutUse, run_id: str) -> HoldoutUse:
    """A use as the run that is to be judged counts it: of its own, that it came to nothing."""
    return replace(use, outcome="reject") if use.run_id == run_id else use


def _of_trusted(golden: Golden, window: HoldoutUse, verdict: Verdict) -> HoldoutUse:
    """The trusted set can only speak against a candidate, so that it uses up no chance of a false promotion."""
    figures = [reason.figure for reason in verdict.reasons if reason.rule == "golden" and reason.limit is not None]
    return replace(
        window,
        id=f"{window.run_id}:golden",
        kind="golden",
        first_seq=0,
        last_seq=0,
        rows=len(golden.candidate),
        sha256=golden.sha256,
        alpha=None,
        later=0.0,
        p_value=figures[0] if figures else None,
    )


def _digest(holdout: Examples) -> str:
    """Of the rows' ids and labels, in order."""
    told = sha256()
    for name, value in zip(holdout.ids, holdout.target, strict=True):
        told.update(f"{name}\0{class_name(value)}\n".encode())
    return told.hexdigest()
