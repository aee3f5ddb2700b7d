"""From what a run hands over to its dossier: records put together, every answer in a sentence."""

from __future__ import annotations

from typing import get_args

from flows.dossier import merit_words, words
from flows.dossier.account import Account
from flows.training.fitting import Epoch
from infra.display.wording import Metric, money
from infra.domain.costs import Stage, Unit
from infra.domain.dossier import SCHEMA, Answers, Decided, Dossier, EpochNote

ASKED_BY = {
    "first": "a person, as the first training",
    "policy": "the policy",
    "schedule": "the schedule",
    "person": "a person",
}
_UNITS: dict[Unit, str] = {
    "cpu_second": "CPU seconds",
    "gpu_second": "GPU seconds",
    "label": "labels",
    "staff_minute": "staff minutes",
    "act": "acts of people",
    "gb_month": "months of storage",
    "kwh": "kilowatt hours",
    "kg_co2e": "emissions",
}
_STAGES = {name: place for place, name in enumerate(get_args(Stage))}


def compose(account: Account) -> Dossier:
    """The dossier of a run that came to its decision."""
    spec, run, decision, evidence = account.spec, account.run, account.decision, account.evidence
    amounts = [entry.amount for entry in account.entries if entry.amount is not None]
    cost = sum(amounts) if amounts else None
    return Dossier(
        schema=SCHEMA,
        model=run.model,
        task=spec.task,
        target=spec.data.target,
        owner=spec.owner,
        cost_center=spec.cost_center,
        currency=spec.costs.currency,
        version=decision.version,
        run=run.id,
        mlflow_run=run.mlflow_run_id,
        at=run.at,
        headline=headline(account),
        decided=_decided(account),
        answers=_answers(account, cost),
        rows=run.rows,
        data_start=run.data_start,
        data_end=run.data_end,
        costs=tuple(sorted(account.entries, key=lambda entry: _STAGES[entry.stage])),
        cost=cost,
        metrics=dict(run.metrics or {}),
        epochs=tuple(_epoch(one) for one in account.epochs),
        provenance=evidence.provenance,
        learning_curve=evidence.learning_curve,
        corrections=evidence.corrections,
        spending=evidence.spending,
        merit=evidence.merit,
        simple_model=spec.baseline_in_force,
        unmeasured={str(part): why for part, why in evidence.unmeasured.items()},
    )


def _decided(account: Account) -> Decided:
    decision, trigger = account.decision, account.trigger
    return Decided(
        kind=decision.kind,
        actor=decision.actor,
        previous_version=decision.previous_version,
        reasons=decision.reasons,
        asked_by=ASKED_BY.get(trigger.source, trigger.source),
        because=trigger.reason,
    )


def _epoch(one: Epoch) -> EpochNote:
    return EpochNote(
        number=one.number,
        train_loss=one.train_loss,
        validation_loss=one.validation_loss,
        validation_score=one.validation_score,
    )


def headline(account: Account) -> str:
    """The verdict in one sentence."""
    decision = account.decision
    version, before = decision.version, decision.previous_version
    if decision.kind == "promote":
        return f"Version {version} was promoted" + (f" in the place of version {before}." if before else ": it serves.")
    failed = [reason.rule for reason in decision.reasons if not reason.passed]
    if failed == ["approval"]:
        return f"Version {version} waits for a person's approval; version {before} serves on."
    return f"Version {version} was rejected" + (f"; version {before} serves on." if before else ".")


def _answers(account: Account, cost: float | None) -> Answers:
    spec, evidence, merit = account.spec, account.evidence, account.evidence.merit
    metric: Metric = "accuracy" if spec.task == "classification" else "mae"
    baseline = next((one.text for one in account.decision.reasons if one.rule == "baseline"), None)
    missing = evidence.unmeasured
    unweighed = f"Not measured{': ' + missing['merit'] if 'merit' in missing else ''}."
    return Answers(
        trained=words.trained_words(evidence.provenance, account.run.rows),
        half_the_labels=words.half_words(evidence.learning_curve, missing.get("learning_curve")),
        corrected=evidence.corrections.sentences[0]
        if evidence.corrections is not None
        else f"Not measured in this run{': ' + missing['corrections'] if 'corrections' in missing else ''}.",
        who_pays=_who_pays(account, cost),
        simple_model=baseline or "Unknown: no simple model was compared.",
        speed=merit_words.speed_words(merit.speed, merit.memory, metric) if merit else unweighed,
        consistency=merit_words.consistency_words(merit.consistency, metric, bool(spec.data.slices))
        if merit
        else unweighed,
        cost_per_decision=merit_words.improved_words(
            merit.improved, cost, spec.costs.currency, spec.costs.wrong_decision
        )
        if merit
        else unweighed,
    )


def _who_pays(account: Account, cost: float | None) -> str:
    spent = "This run has no price" if cost is None else f"This run cost {money(cost, account.spec.costs.currency)}"
    unpriced = sorted({_UNITS[entry.unit] for entry in account.entries if entry.amount is None})
    beside = f" ({' and '.join(unpriced)} are unpriced)" if unpriced and cost is not None else ""
    source = ASKED_BY.get(account.trigger.source, account.trigger.source)
    said = f"{spent}{beside}, paid by {account.spec.cost_center}; it was asked for by {source}."
    return said if account.evidence.spending is None else f"{said} {account.evidence.spending.sentences[0]}"
