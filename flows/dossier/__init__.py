"""The dossier of a run: what it answers of the five questions, as a page for a person and as JSON.

What was not measured says so. It knows nothing of MLflow: it writes through the tracked run it is given.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from flows.evidence import Evidence
from flows.training.fitting import Epoch
from infra.domain.alerts import Trigger
from infra.domain.costs import CostEntry, amount_of
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.sections import Section, Table
from infra.ports import TrackedRun
from infra.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Account:
    """Everything a dossier tells of."""

    spec: ModelSpec
    trigger: Trigger
    run: TrainingRun
    decision: PromotionDecision
    entries: tuple[CostEntry, ...]
    epochs: Sequence[Epoch]
    evidence: Evidence = field(default_factory=Evidence)


def write_dossier(account: Account, tracked: TrackedRun) -> None:
    """Keep `dossier/dossier.md` and `dossier/dossier.json` with the run."""
    tracked.text(dossier_page(account), "dossier/dossier.md")
    tracked.text(json.dumps(dossier_record(account), indent=2, sort_keys=True), "dossier/dossier.json")


def dossier_record(account: Account) -> dict[str, object]:
    """The dossier as plain values."""
    run, decision = account.run, account.decision
    return {
        "model": run.model,
        "version": decision.version,
        "at": run.at.isoformat(),
        "trigger": {"source": account.trigger.source, "reason": account.trigger.reason},
        "decision": {
            "kind": decision.kind,
            "reasons": [
                {"rule": one.rule, "passed": one.passed, "figure": one.figure, "limit": one.limit, "text": one.text}
                for one in decision.reasons
            ],
        },
        "provenance": {"start": run.start, "rows": run.rows, "snapshot": run.snapshot, "seed": run.seed},
        "metrics": dict(run.metrics or {}),
        "costs": [
            {"stage": one.stage, "quantity": one.quantity, "unit": one.unit, "amount": one.amount}
            for one in account.entries
        ],
        "currency": account.spec.costs.currency,
        **asdict(account.evidence),
        "epochs": [
            {"number": one.number, "train_loss": one.train_loss, "validation_loss": one.validation_loss}
            for one in account.epochs
        ],
    }


def dossier_page(account: Account) -> str:
    """The dossier as Markdown."""
    run, decision, metrics = account.run, account.decision, account.run.metrics or {}
    baseline = next((one.text for one in decision.reasons if one.rule == "baseline"), "unknown")
    reasons = "\n".join(f"- {'✓' if one.passed else '✗'} {one.rule}: {one.text}" for one in decision.reasons)
    return "\n\n".join(
        [
            f"# {run.model}, version {decision.version}: {decision.kind}",
            f"Asked for by: {account.trigger.source}. {account.trigger.reason}",
            reasons,
            "## 1. Trained or fine-tuned?",
            f"Start: {run.start}. {run.rows} rows, seed {run.seed}, snapshot `{run.snapshot}`.",
            "## 2. How much labelled data, and what with half?",
            f"{run.rows} labelled rows from {run.data_start} to {run.data_end}.",
            _told(account.evidence.learning_curve, "The learning curve was not measured."),
            "## 3. What exactly gets corrected?",
            _told(account.evidence.corrections, "Not measured in this run."),
            "## 4. How often, and who pays?",
            costs_table(account.entries, account.spec.cost_center),
            _told(account.evidence.spending, "The history and forecast were not gathered for this run."),
            "## 5. What improves over a simpler model?",
            baseline,
            "## Figures of merit",
            _told(account.evidence.merit, "Not measured in this run."),
            "## Figures",
            "\n".join(f"- {name}: {value:.6g}" for name, value in sorted(metrics.items())),
        ]
    )


def costs_table(entries: Sequence[CostEntry], cost_center: str) -> str:
    """Cost entries as a Markdown table with their sum."""
    rows = [f"| {one.stage} | {one.quantity:.3f} {one.unit} | {_amount(one)} | {one.measured} |" for one in entries]
    total = amount_of(entries)
    currency = entries[0].currency if entries else ""
    header = "| stage | quantity | amount | measured by |\n|---|---|---|---|"
    return "\n".join([header, *rows]) + f"\n\nTogether {total:.6f} {currency}, paid by {cost_center}."


def _told(part: Section | None, otherwise: str) -> str:
    """A part as Markdown, or what is said when it was not measured."""
    if part is None:
        return otherwise
    return "\n\n".join([" ".join(part.sentences), *map(_table, part.tables)])


def _table(table: Table) -> str:
    rule = "|".join("---:" if place in table.numeric else "---" for place in range(len(table.head)))
    lines = [f"| {' | '.join(cells)} |" for cells in table.rows]
    return "\n".join(
        [*filter(None, [table.caption and f"{table.caption}\n"]), f"| {' | '.join(table.head)} |", f"|{rule}|", *lines]
    )


def _amount(entry: CostEntry) -> str:
    return "unpriced" if entry.amount is None else f"{entry.amount:.6f} {entry.currency}"
