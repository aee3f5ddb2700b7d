"""What came of a training, for machines and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.display.wording import money
from infra.domain.decisions import PromotionDecision
from services.cli.moments import shown
from services.cli.plain import plain

if TYPE_CHECKING:
    from flows.retraining.retrain import Outcome
    from infra.spec import ModelSpec


def outcome_record(outcome: Outcome, spec: ModelSpec) -> dict[str, object]:
    """The run, the decision with its reasons, the verdict against the simple model, and the cost: null where it is not
    priced."""
    return {
        "model": outcome.run.model,
        "version": outcome.decision.version,
        "decision": outcome.decision.kind,
        "reasons": plain(outcome.decision.reasons),
        "baseline": baseline_verdict(outcome.decision),
        "run": outcome.run.id,
        "mlflow_run": outcome.run.mlflow_run_id,
        "start": outcome.run.start,
        "rows": outcome.run.rows,
        "metrics": plain(outcome.run.metrics or {}),
        "cpu_seconds": outcome.cpu_seconds,
        "cost": {"total": outcome.cost, "currency": spec.costs.currency},
    }


def outcome_lines(outcome: Outcome, spec: ModelSpec) -> list[str]:
    """The same as sentences, the decision first."""
    run, decision = outcome.run, outcome.decision
    verdict = "promoted, it serves now" if decision.kind == "promote" else "rejected, nothing changed"
    spans = f" from {shown(run.data_start)} to {shown(run.data_end)}" if run.data_start and run.data_end else ""
    epochs = f", {run.metrics['epochs']:.0f} epochs" if run.metrics and "epochs" in run.metrics else ""
    priced = outcome.cost is not None
    cost = money(outcome.cost or 0.0, spec.costs.currency) if priced else "not priced (`costs: {cpu_hour: …}` would)"
    return [
        f"{run.model} version {decision.version}: {verdict}",
        *reason_lines(decision),
        f"  trained on {run.rows:,} rows{spans}, start {run.start}{epochs}, {outcome.cpu_seconds:.2f} CPU seconds",
        f"  cost {cost}, paid by {spec.cost_center}",
    ]


def reason_lines(decision: PromotionDecision) -> list[str]:
    """Every reason with its mark, those that failed first."""
    ordered = sorted(decision.reasons, key=lambda reason: reason.passed)
    return [f"  {'✓' if reason.passed else '✗'} {reason.text}" for reason in ordered]


def baseline_verdict(decision: PromotionDecision) -> str | None:
    """What was found against the simple model; None when it was not compared."""
    return next((reason.text for reason in decision.reasons if reason.rule == "baseline"), None)
