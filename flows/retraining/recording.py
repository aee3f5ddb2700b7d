"""What is kept of a training: the candidate, the decision about it, its cost and its dossier.

Our database comes first; the tracker and the registry are told afterwards, and being away costs nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.costing import Meter
from flows.desk import Desk
from flows.dossier import Account, write_dossier
from flows.dossier.evidence import Evidence
from flows.ledger.metering import cost_by_stage, spent_on
from flows.ledger.spending import with_spending
from flows.promotion import Verdict
from flows.rows.ordering import Order
from flows.training.fitting import Epoch, Fitted
from flows.trial.following import follow_decision
from infra.domain.alerts import Trigger
from infra.domain.decisions import Candidate, Champion, PromotionDecision, TrainingRun
from infra.ports import Lease, TrackedRun


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a trigger."""

    run: TrainingRun
    decision: PromotionDecision
    cpu_seconds: float
    cost: float | None
    """None: not priced."""


def keep_candidate(desk: Desk, run: TrainingRun, fitted: Fitted, tracked: TrackedRun, lease: Lease) -> Candidate:
    """The candidate's bundle into our database, and into MLflow as `challenger`.

    The same bundle of the same run is kept once: the run was killed after it, and goes on.

    Raises:
        Refused: the lease was taken over.
    """
    versions, sha256 = desk.ports.versions, fitted.bundle.sha256
    config, weights = fitted.bundle.pack()
    known = [one for one in versions.all(desk.spec.model) if (one.run_id, one.sha256) == (run.id, sha256)]
    candidate = Candidate(
        model=desk.spec.model,
        version=known[0].version if known else versions.next_version(desk.spec.model),
        sha256=sha256,
        run_id=run.id,
        created_at=run.at,
    )
    if not known:
        versions.add(candidate, config, weights, lease.token)
    desk.ports.registry.register(candidate, config, weights, tracked)
    return candidate


def checkpoints_of(desk: Desk) -> Path:
    """Where trainings of the model keep their state, by the hash of their rows, until one comes to its end."""
    return desk.ports.artifacts / "checkpoints" / desk.spec.model


def record_decision(
    desk: Desk, run: TrainingRun, asked: Order, candidate: Candidate, verdict: Verdict, lease: Lease
) -> PromotionDecision:
    """Record the decision; on promotion the champion pointer moves in the same transaction.

    What follows from it is done here, and once more at the next look where the process is killed before it is through.
    """
    ports, old = desk.ports, asked.champion
    decision = PromotionDecision(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=run.at,
        kind="promote" if verdict.promote else "challenge" if verdict.waits_in_shadow else "reject",
        version=candidate.version,
        previous_version=None if old is None else old.version,
        reasons=verdict.reasons,
        run_id=run.id,
    )
    if decision.kind != "promote":
        ports.decisions.add(decision, lease.token)
    else:
        since_seq = ports.predictions.last_seq(desk.spec.model)
        ports.versions.crown(
            Champion(
                model=desk.spec.model,
                version=candidate.version,
                sha256=candidate.sha256,
                since=run.at,
                since_seq=since_seq,
                accepted=verdict.accepted,
                decision_id=decision.id,
                probation_until_seq=None if asked.champion_bundle is None else since_seq + desk.spec.probation_rows,
            ),
            decision,
            fencing_token=lease.token,
        )
    follow_decision(desk, decision, lease.token)
    return decision


def conclude(
    desk: Desk,
    trigger: Trigger,
    run: TrainingRun,
    epochs: Sequence[Epoch],
    decision: PromotionDecision,
    metrics: dict[str, float],
    evidence: Evidence,
    meter: Meter,
    tracked: TrackedRun,
    lease: Lease,
    notes: Sequence[str] = (),
) -> Outcome:
    """Cost, dossier and the run's end, in our database first and in the tracker after it.

    `notes` are what the training itself found doubtful; they stand in the run's message.
    """
    ports = desk.ports
    meter.checkpoint()
    entries, spent = ports.costs.of_run(run.id), spent_on(desk, run.id)
    metrics = {**metrics, **spent}
    message = " ".join([decision.summary, *(f"Note: {note}." for note in notes)])
    done = replace(run, state="succeeded", version=decision.version, metrics=metrics, message=message)
    ports.runs.save(done, lease.token)
    evidence = with_spending(desk, done, evidence)
    tracked.metrics({**metrics, **evidence.figures(), **cost_by_stage(entries)})
    tracked.tags({"keepsharp.decision": decision.kind, "keepsharp.version": str(decision.version)})
    account = Account(
        spec=desk.spec,
        trigger=trigger,
        run=done,
        decision=decision,
        entries=tuple(entries),
        epochs=epochs,
        evidence=evidence,
    )
    unwritten = write_dossier(account, tracked, ports.artifacts)
    if unwritten is not None:
        done = replace(done, message=f"{message} Note: {unwritten}.")
    return Outcome(run=done, decision=decision, cpu_seconds=spent["cpu_seconds"], cost=spent.get("cost"))
