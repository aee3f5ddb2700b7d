"""Retrain one model: gather -> train -> judge -> promote or reject, with its cost. No orchestrator here.

A first training takes the same road, with a labelled history instead of fresh labels and no champion to beat.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from flows.costing import Meter, price, price_labels
from flows.desk import Desk
from flows.dossier import Account, write_dossier
from flows.examples import Examples, from_answered, from_snapshot, to_snapshot
from flows.judging import compare, sides
from flows.material import Material, first_material, fresh_material
from flows.promotion import Verdict, decide_promotion
from flows.training.baseline import fit_baseline
from flows.training.evaluation import score
from flows.training.fitting import Epoch, Fitted, fit
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import Candidate, Champion, PromotionDecision, TrainingRun
from infra.domain.errors import DataError, Refused, TrainingFailed, Unavailable
from infra.model.bundle import ModelBundle
from infra.model.schema import ColumnKind
from infra.ports import Lease, TrackedRun

LEASE_SECONDS = 900.0
MOST_FRESH_ROWS = 10_000
MOST_ROWS_FROM_SCRATCH = 20_000
MANY_RUNS = 1_000
LABELS_THROUGH = "labels_through_seq"
"""The figure of a run that says how far in the order of arrival its labels reach."""
How = Literal["warm", "scratch"]
_ANSWERED: tuple[TriggerState, ...] = ("done", "failed", "refused")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a trigger."""

    run: TrainingRun
    decision: PromotionDecision
    cpu_seconds: float
    cost: float


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be trained: the rows, their kinds, what it starts from, and who serves now."""

    material: Material
    kinds: dict[str, ColumnKind]
    start: ModelBundle | None
    champion: Champion | None
    champion_bundle: ModelBundle | None


def train_first(desk: Desk, history: Examples, kinds: dict[str, ColumnKind], *, now: datetime) -> Outcome:
    """Train and promote the first champion on a labelled history in time order.

    Raises:
        Refused: another training of this model holds the lease.
        DataError, TrainingFailed: the history cannot be learnt from; the failed run and its cost are kept.
    """
    trigger = Trigger(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        source="first",
        state="accepted",
        reason=f"first training on {len(history)} labelled rows",
        policy="first",
        evidence={"rows": len(history)},
    )

    def first_order() -> Order:
        serving = desk.ports.versions.champion(desk.spec.model)  # of an earlier beginning: replaced, not compared with
        return Order(material=first_material(history), kinds=kinds, start=None, champion=serving, champion_bundle=None)

    return _under_lease(desk, trigger, first_order, now)


def retrain(
    desk: Desk, trigger: Trigger, *, now: datetime, how: How = "warm", others: Sequence[Trigger] = ()
) -> Outcome:
    """Answer a trigger: train on the labels known at `now`, judge, and promote or reject.

    `others` wait as well, and are answered by the same run.

    Raises:
        Refused: another training of this model holds the lease, or has answered the trigger meanwhile.
        DataError, TrainingFailed: as in `train_first`.
        Unavailable: something outside did not answer; the trigger waits on for another try.
    """
    return _under_lease(desk, trigger, lambda: _order(desk, trigger, now, how), now, others)


def _under_lease(
    desk: Desk, trigger: Trigger, order: Callable[[], Order], now: datetime, others: Sequence[Trigger] = ()
) -> Outcome:
    ports, holder = desk.ports, f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lease = ports.leases.acquire(desk.spec.model, holder, desk.clock(), LEASE_SECONDS)
    try:
        _require_waiting(desk, trigger)
        ports.triggers.save(replace(trigger, state="accepted"))
        outcome = _run(desk, trigger, order, lease, now)
        ports.triggers.save(replace(trigger, state="done"))
        for other in others:
            ports.triggers.save(
                replace(other, state="done", reason=f"{other.reason} (answered by run {outcome.run.id})")
            )
        return outcome
    except (Refused, Unavailable):
        raise  # nothing is wrong with the training asked for: the trigger stays as it is
    except Exception:
        ports.triggers.save(replace(trigger, state="failed"))
        raise
    finally:
        ports.leases.release(lease)


def _require_waiting(desk: Desk, trigger: Trigger) -> None:
    """Under the lease, so that of several who saw a trigger waiting one alone answers it."""
    for state in _ANSWERED:
        if any(one.id == trigger.id for one in desk.ports.triggers.in_state(desk.spec.model, state)):
            raise Refused(f"trigger {trigger.id} of {desk.spec.model} is {state} by now: there is nothing left to do")


def _order(desk: Desk, trigger: Trigger, now: datetime, how: How) -> Order:
    """Gather the rows that are labelled by `now`, as the champion's own training left off."""
    serving = desk.champion()
    if serving is None:
        raise DataError(f"{desk.spec.model} has no champion yet: run `keepsharp train` first")
    champion, bundle = serving
    columns = [column.name for column in bundle.schema.columns]
    through = int(bundle.provenance["trained_through_seq"] or 0)
    answered = desk.ports.predictions.between(
        desk.spec.model, through + 1, desk.ports.predictions.last_seq(desk.spec.model)
    )
    known = [row for row in answered if row.label is not None and row.label.time <= now]
    fresh = from_answered(known[-MOST_FRESH_ROWS:], columns)
    earlier = from_snapshot(desk.ports.snapshots.load(str(bundle.provenance["snapshot"])))
    onset = trigger.evidence.get("onset_seq")
    material = fresh_material(
        fresh,
        _unseen_by(fresh, earlier),
        window_rows=desk.spec.monitoring.window.rows or 500,
        onset_seq=int(onset) if onset is not None else None,
        replay=desk.spec.retraining.replay if how == "warm" else MOST_ROWS_FROM_SCRATCH / max(len(fresh), 1),
        seed=desk.spec.learner.seed,
    )
    kinds = {column.name: column.kind for column in bundle.schema.columns}
    start = bundle if how == "warm" and desk.spec.learner.start == "warm" else None
    return Order(material=material, kinds=kinds, start=start, champion=champion, champion_bundle=bundle)


def _unseen_by(fresh: Examples, earlier: Examples) -> Examples:
    """Earlier rows that are not among the fresh ones (the last holdout is in both)."""
    here = set(fresh.ids)
    return earlier.take([place for place, name in enumerate(earlier.ids) if name not in here])


def _run(desk: Desk, trigger: Trigger, order: Callable[[], Order], lease: Lease, now: datetime) -> Outcome:
    """One run in the tracker and in our database; a failed one is recorded with what it cost."""
    meter = Meter()
    run = TrainingRun(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        trigger_id=trigger.id,
        state="running",
        start="unknown",
        rows=0,
        snapshot="",
        seed=desk.spec.learner.seed,
        data_start=None,
        data_end=None,
    )
    desk.ports.runs.save(run)
    try:
        with desk.ports.tracking.run(desk.spec.model, f"{desk.spec.model} {now:%Y-%m-%d %H:%M}") as tracked:
            run = replace(run, mlflow_run_id=tracked.id)
            return _train_and_judge(desk, trigger, run, order, lease, meter, tracked)
    except Exception as problem:
        state: Literal["failed", "crashed"] = "failed" if isinstance(problem, DataError | TrainingFailed) else "crashed"
        entries = price(meter.stages, desk.spec, run_id=run.id, at=now)
        spent = {"cpu_seconds": meter.cpu_seconds(), "cost": sum(entry.amount for entry in entries)}
        begun = replace(desk.ports.runs.get(run.id), mlflow_run_id=run.mlflow_run_id)
        desk.ports.runs.save(replace(begun, state=state, message=str(problem), metrics=spent))
        desk.ports.costs.add(entries)
        raise


def _train_and_judge(
    desk: Desk,
    trigger: Trigger,
    run: TrainingRun,
    order: Callable[[], Order],
    lease: Lease,
    meter: Meter,
    tracked: TrackedRun,
) -> Outcome:
    with meter.stage("prepare"):
        asked = order()
        run = _describe(desk, run, asked, tracked)
    with meter.stage("train"):
        fitted = _fit(desk, run, asked, tracked)
    if fitted.gpu_seconds is not None:
        meter.gpu("train", fitted.gpu_seconds)
    holdout, train = asked.material.holdout, asked.material.train
    with meter.stage("baseline"):
        simple = fit_baseline(
            desk.spec.baseline_in_force,
            train.frame,
            train.target,
            spec=desk.spec,
            schema=fitted.bundle.schema,
            allowed_modules=desk.allowed_modules,
        )
        simple_answers = simple.predict(holdout.frame)
    with meter.stage("evaluate"):
        comparison = compare(
            desk.spec,
            holdout,
            candidate=fitted.bundle,
            champion=asked.champion_bundle,
            baseline=simple_answers,
        )
        verdict = decide_promotion(comparison, desk.spec.promotion)
        metrics = {**_figures(desk, fitted, asked), **sides(comparison)}
    with meter.stage("register"):
        candidate = _keep(desk, run, fitted, tracked)
        decision = _decide(desk, run, asked, candidate, verdict, lease)
    return _conclude(desk, trigger, run, asked, fitted, decision, metrics, meter, tracked)


def _describe(desk: Desk, run: TrainingRun, asked: Order, tracked: TrackedRun) -> TrainingRun:
    """Freeze the rows, and write down what the run is before it trains."""
    material = asked.material
    snapshot = desk.ports.snapshots.save(
        to_snapshot({"train": material.train, "validation": material.validation, "holdout": material.holdout})
    )
    times = (*material.train.times, *material.validation.times)
    version = None if asked.champion is None else asked.champion.version
    described = replace(
        run,
        start="scratch" if asked.start is None else f"warm:{version}",
        rows=len(material.train),
        snapshot=snapshot,
        data_start=min(times),
        data_end=max(times),
    )
    desk.ports.runs.save(described)
    tracked.params(
        {
            "model": desk.spec.model,
            "start": described.start,
            "network": desk.spec.network,
            "seed": run.seed,
            "train_rows": len(material.train),
            "fresh_rows": material.fresh_rows,
            "replayed_rows": material.replayed_rows,
            "validation_rows": len(material.validation),
            "holdout_rows": len(material.holdout),
            **{f"learner.{key}": value for key, value in desk.spec.learner.model_dump().items()},
        }
    )
    tracked.dataset(f"{desk.spec.model}-snapshot", snapshot, len(material.train))
    return described


def _fit(desk: Desk, run: TrainingRun, asked: Order, tracked: TrackedRun) -> Fitted:
    """Train, with each epoch told to whoever watches and to the tracker."""

    def on_epoch(epoch: Epoch) -> None:
        desk.on_epoch(epoch)
        tracked.metrics(
            {
                "train_loss": epoch.train_loss,
                "validation_loss": epoch.validation_loss,
                "validation_score": epoch.validation_score,
                "gradient_norm": epoch.gradient_norm,
                "epoch_seconds": epoch.seconds,
            },
            step=epoch.number,
        )

    material = asked.material
    return fit(
        material.train.frame,
        material.train.target,
        material.validation.frame,
        material.validation.target,
        spec=desk.spec,
        kinds=asked.kinds,
        start=asked.start,
        seed=run.seed,
        provenance={
            "start": run.start,
            "seed": run.seed,
            "snapshot": run.snapshot,
            "train_rows": len(material.train),
            "fresh_rows": material.fresh_rows,
            "replayed_rows": material.replayed_rows,
            "trained_through_seq": material.trained_through_seq,
        },
        on_epoch=on_epoch,
        checkpoint=desk.ports.artifacts / "checkpoints" / run.id,
        allowed_modules=desk.allowed_modules,
    )


def _figures(desk: Desk, fitted: Fitted, asked: Order) -> dict[str, float]:
    """The candidate's figures on the held-out rows and on those it learnt from."""
    bundle, figures = fitted.bundle, {}
    for part, examples in (("holdout", asked.material.holdout), ("train", asked.material.train)):
        answers = bundle.answer(bundle.schema.encode(examples.frame))
        scores = score(
            answers.values,
            examples.target,
            spec=desk.spec,
            probabilities=answers.probabilities,
            classes=bundle.classes,
        )
        figures[f"{part}_{scores.metric}"] = scores.value
        if part == "holdout":
            figures.update({f"holdout_{name}": value for name, value in scores.others.items()})
    figures["epochs"] = float(len(fitted.epochs))
    return figures


def _keep(desk: Desk, run: TrainingRun, fitted: Fitted, tracked: TrackedRun) -> Candidate:
    """The candidate's bundle into our database, and into MLflow as `challenger`."""
    config, weights = fitted.bundle.pack()
    candidate = Candidate(
        model=desk.spec.model,
        version=desk.ports.versions.next_version(desk.spec.model),
        sha256=fitted.bundle.sha256,
        run_id=run.id,
        created_at=run.at,
    )
    desk.ports.versions.add(candidate, config, weights)
    desk.ports.registry.register(candidate, config, weights, tracked)
    return candidate


def _decide(
    desk: Desk, run: TrainingRun, asked: Order, candidate: Candidate, verdict: Verdict, lease: Lease
) -> PromotionDecision:
    """Record the decision; on promotion the champion pointer moves in the same transaction."""
    ports, old = desk.ports, asked.champion
    decision = PromotionDecision(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=run.at,
        kind="promote" if verdict.promote else "reject",
        version=candidate.version,
        previous_version=None if old is None else old.version,
        reasons=verdict.reasons,
        run_id=run.id,
    )
    if decision.kind == "reject":
        ports.decisions.add(decision)
        return decision
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
            probation_until_seq=None if asked.champion_bundle is None else since_seq + probation_rows(desk),
        ),
        decision,
        fencing_token=lease.token,
    )
    ports.registry.alias_champion(desk.spec.model, candidate.version)
    return decision


def probation_rows(desk: Desk) -> int:
    """How many arrivals a new champion is on probation for: the model file's, or two windows."""
    span = desk.spec.promotion.probation
    window = desk.spec.monitoring.window.rows or 500
    return span.rows if span is not None and span.rows is not None else 2 * window


def _conclude(
    desk: Desk,
    trigger: Trigger,
    run: TrainingRun,
    asked: Order,
    fitted: Fitted,
    decision: PromotionDecision,
    metrics: dict[str, float],
    meter: Meter,
    tracked: TrackedRun,
) -> Outcome:
    """Cost, dossier and the run's end, in our database first and in the tracker after it."""
    ports = desk.ports
    entries = price(meter.stages, desk.spec, run_id=run.id, at=run.at)
    entries += price_labels(_first_used(desk, asked.material), desk.spec, run_id=run.id, at=run.at)
    cost = sum(entry.amount for entry in entries)
    through = float(max(asked.material.holdout.seqs))
    metrics = {**metrics, "cpu_seconds": meter.cpu_seconds(), "cost": cost, LABELS_THROUGH: through}
    done = replace(run, state="succeeded", version=decision.version, metrics=metrics, message=decision.summary)
    ports.runs.save(done)
    ports.costs.add(entries)
    tracked.metrics({**metrics, **{f"cost/{entry.stage}": entry.amount for entry in entries}})
    tracked.tags({"keepsharp.decision": decision.kind, "keepsharp.version": str(decision.version)})
    write_dossier(
        Account(
            spec=desk.spec, trigger=trigger, run=done, decision=decision, entries=tuple(entries), epochs=fitted.epochs
        ),
        tracked,
    )
    return Outcome(run=done, decision=decision, cpu_seconds=meter.cpu_seconds(), cost=cost)


def _first_used(desk: Desk, material: Material) -> int:
    """Labels that no earlier run has used, since a label is paid for once: those that arrived after its last."""
    runs = desk.ports.runs.page(desk.spec.model, MANY_RUNS)
    through = max(((run.metrics or {}).get(LABELS_THROUGH, -1.0) for run in runs), default=-1.0)
    return sum(seq > through for part in (material.train, material.validation, material.holdout) for seq in part.seqs)
