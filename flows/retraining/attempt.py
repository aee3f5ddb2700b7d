"""One attempt: freeze the rows, train, fit the simple model beside it, and compare, every stage on the meter."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

from flows.corrections.correcting import Corrected, look_at_corrections
from flows.corrections.corrections_told import told
from flows.costing import Meter
from flows.desk import Desk
from flows.ledger.first_use import LABELS_THROUGH, charge_labels
from flows.ledger.metering import cost_so_far, spent_on
from flows.retraining.gathering import Gatherer
from flows.retraining.progress import Progress
from flows.retraining.recording import Outcome, checkpoints_of, conclude, keep_candidate, record_decision
from flows.rows.labels_used import labels_used
from flows.rows.matching import reach
from flows.rows.ordering import Order
from flows.training.baseline import SimpleModel, fit_baseline
from flows.training.corrections.trajectory import Trajectory
from flows.training.evaluation import interval_figures, score
from flows.training.examples import to_snapshot
from flows.training.fitting import Epoch, Fitted, fit
from flows.trial.appointing import appoint_simple
from flows.trial.gate import judge, trusted_rows, write_down
from flows.trial.judging import sides
from infra.domain.alerts import Trigger
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.values import Answer
from infra.ports import Lease, TrackedRun


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What an attempt works with: the desk, why it is made, the right to make it, and what watches it."""

    desk: Desk
    trigger: Trigger
    lease: Lease
    meter: Meter
    tracked: TrackedRun


def train_and_judge(attempt: Attempt, run: TrainingRun, order: Callable[[], Order]) -> Outcome:
    """Carry the attempt through to its decision.

    Raises:
        DataError, TrainingFailed: the rows cannot be learnt from.
        Refused: the lease was taken over meanwhile; the decision was not recorded.
    """
    desk, meter, tracked = attempt.desk, attempt.meter, attempt.tracked
    with meter.stage("prepare"):
        reached = reach(desk)
        asked = order()
        trusted = trusted_rows(desk, asked)
        run = _describe(attempt, run, asked)
    trajectory = Trajectory()
    with meter.stage("train"):
        fitted = _fit(attempt, run, asked, trajectory)
    if fitted.gpu_seconds is not None:
        meter.gpu("train", fitted.gpu_seconds)
    simple, answers = _fit_simple(attempt, asked, fitted)
    with meter.stage("corrections"):
        corrected = look_at_corrections(desk, run, asked, attempt.trigger, fitted, trajectory, attempt.lease.token)
    with meter.stage("evaluate"):
        tests = None if corrected is None else corrected.figures
        judged = judge(desk, run, asked, fitted.bundle, answers, trusted, tests)
        metrics = {**reached, **_figures(desk, fitted, asked), **sides(judged.comparison)}
        metrics[LABELS_THROUGH] = charge_labels(desk, run, asked.material)
    run = replace(run, metrics={**metrics, **spent_on(desk, run.id)})
    desk.ports.runs.save(run, attempt.lease.token)  # the process may be killed from here on
    with meter.stage("register"):
        candidate = keep_candidate(desk, run, fitted, tracked, attempt.lease)
        write_down(desk, run, candidate.version, asked, judged, attempt.lease.token)
        if judged.verdict.promote:
            appoint_simple(desk, run, asked, fitted.bundle.schema, simple, attempt.lease.token)
        decision = record_decision(desk, run, asked, candidate, judged.verdict, attempt.lease)
    shutil.rmtree(checkpoints_of(desk), ignore_errors=True)  # they are for a training that was killed; this one ended
    gatherer = Gatherer(desk=desk, run=run, asked=asked, fitted=fitted, simple=simple, comparison=judged.comparison)
    return _account(attempt, gatherer, corrected, decision, metrics)


def _account(
    attempt: Attempt,
    gatherer: Gatherer,
    corrected: Corrected | None,
    decision: PromotionDecision,
    metrics: dict[str, float],
) -> Outcome:
    """What follows the decision: the evidence beside it, and the run's end."""
    meter, tracked, fitted = attempt.meter, attempt.tracked, gatherer.fitted
    with meter.stage("learning_curve"):
        curve = gatherer.curve(tracked)
    if fitted.gpu_seconds is not None and curve is not None:
        meter.gpu("learning_curve", curve.seconds)
    with meter.stage("evidence"):
        evidence = told(gatherer.gather(curve), corrected, fitted.bundle.schema, tracked)
    return conclude(
        attempt.desk,
        attempt.trigger,
        gatherer.run,
        fitted.epochs,
        decision,
        metrics,
        evidence,
        meter,
        tracked,
        attempt.lease,
        fitted.notes,
    )


def _fit_simple(attempt: Attempt, asked: Order, fitted: Fitted) -> tuple[SimpleModel, list[Answer]]:
    """A simple model trained on the same rows, and its answers to the held-out ones."""
    desk, train, holdout = attempt.desk, asked.material.train, asked.material.holdout
    with attempt.meter.stage("baseline"):
        simple = fit_baseline(
            desk.spec.baseline_in_force,
            train.frame,
            train.target,
            spec=desk.spec,
            schema=fitted.bundle.schema,
            allowed_modules=desk.allowed_modules,
        )
        return simple, simple.predict(holdout.frame)


def _describe(attempt: Attempt, run: TrainingRun, asked: Order) -> TrainingRun:
    """Freeze the rows, and write down what the run is before it trains."""
    desk, tracked, material = attempt.desk, attempt.tracked, asked.material
    labels = labels_used(desk, (material.train, material.validation, material.holdout), run.at)
    snapshot = (
        material.whole.snapshot
        if material.whole is not None
        else desk.ports.snapshots.save(
            to_snapshot(
                {"train": material.train, "validation": material.validation, "holdout": material.holdout}, labels
            )
        )
    )
    start, end = material.span
    described = replace(
        run,
        start=asked.start_name,
        mlflow_run_id=tracked.id,
        rows=material.train_rows,
        snapshot=snapshot,
        data_start=min(start, *material.validation.times),
        data_end=max(end, *material.validation.times),
    )
    desk.ports.runs.save(described, attempt.lease.token)
    tracked.params(
        {
            "model": desk.spec.model,
            "start": described.start,
            "network": desk.spec.network,
            "seed": run.seed,
            "train_rows": material.train_rows,
            "fresh_rows": material.fresh_rows,
            "replayed_rows": material.replayed_rows,
            "validation_rows": len(material.validation),
            "holdout_rows": len(material.holdout),
            **{f"learner.{key}": value for key, value in desk.spec.learner.model_dump().items()},
        }
    )
    tracked.dataset(f"{desk.spec.model}-snapshot", snapshot, material.train_rows)
    return described


def _fit(attempt: Attempt, run: TrainingRun, asked: Order, trajectory: Trajectory) -> Fitted:
    """Train, with each epoch told to whoever watches, to the tracker, and to the run's file of progress."""
    desk, tracked = attempt.desk, attempt.tracked
    progress = Progress(desk.ports.artifacts, run, desk.spec, desk.clock)

    def on_epoch(epoch: Epoch) -> None:
        cost = cost_so_far(attempt.meter, desk.spec, run)
        progress.epoch(epoch, cost)
        desk.on_epoch(replace(epoch, cost_so_far=cost))
        tracked.metrics(
            {
                "train_loss": epoch.train_loss,
                "validation_loss": epoch.validation_loss,
                "validation_score": epoch.validation_score,
                "gradient_norm": epoch.gradient_norm,
                "epoch_seconds": epoch.seconds,
                "learning_rate": epoch.learning_rate,
                **({} if cost is None else {"cost_so_far": cost}),
            },
            step=epoch.number,
        )

    with progress.training() as trained:
        fitted = _fitted(attempt, run, asked, trajectory, on_epoch)
        trained(fitted)
    return fitted


def _fitted(
    attempt: Attempt, run: TrainingRun, asked: Order, trajectory: Trajectory, on_epoch: Callable[[Epoch], None]
) -> Fitted:
    desk, material = attempt.desk, asked.material
    return fit(
        material.learnt.frame,
        material.learnt.target,
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
            "train_rows": material.train_rows,
            "fresh_rows": material.fresh_rows,
            "replayed_rows": material.replayed_rows,
            "trained_through_seq": material.trained_through_seq,
        },
        on_epoch=on_epoch,
        observer=trajectory if desk.spec.evidence.corrections else None,
        checkpoint=checkpoints_of(desk) / run.snapshot,
        allowed_modules=desk.allowed_modules,
        on_spent=lambda seconds: attempt.meter.elsewhere("train", seconds),
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
            figures.update(interval_figures(bundle, answers.values, examples.target))
            figures.update({f"holdout_{name}": value for name, value in scores.others.items()})
    figures["epochs"] = float(len(fitted.epochs))
    return figures
