"""What a replay amounts to: one object for machines, a few lines for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from infra.display.wording import money
from infra.domain.alerts import Alert
from infra.domain.costs import amount_of
from infra.domain.decisions import PromotionDecision
from infra.domain.values import Answer
from infra.ports import Ports
from infra.spec import ModelSpec
from monitoring.alerting import latest_at
from services.replay.known import KnownChange, early_alerts, find_changes, found_words
from services.replay.scoring import Figures, by_window, decisions_improved, score_answers

MANY = 100_000


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """Every answer to every replayed row, and the answers that the frozen champion and the simple model would give."""

    truths: Sequence[Answer]
    answers: Sequence[Answer]
    frozen: Sequence[Answer]
    baseline: Sequence[Answer]
    trained_on: int
    wall_seconds: float
    times: Sequence[datetime] = ()
    """Of every row of the history."""
    known: Sequence[KnownChange] = ()


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The replay in figures; `record` is what `--json` prints."""

    record: dict[str, Any]
    answers: Sequence[Answer]
    alerts: Sequence[Alert]
    decisions: Sequence[PromotionDecision]


def summarise(spec: ModelSpec, replayed: Replayed, ports: Ports) -> Summary:
    """Count what happened in the database and score the answers."""
    name = spec.model
    decisions = list(reversed(ports.decisions.page(name, MANY)))
    later = [one for one in decisions if one.previous_version is not None]
    alerts = list(reversed(ports.alerts.page(name, MANY)))
    runs = ports.runs.page(name, MANY)
    mine, frozen, simple = (
        score_answers(spec.task, side, replayed.truths)
        for side in (replayed.answers, replayed.frozen, replayed.baseline)
    )
    improved = decisions_improved(spec.task, replayed.answers, replayed.frozen, replayed.truths)
    total = ports.costs.total(name)
    trainings = amount_of(entry for run in runs for entry in ports.costs.of_run(run.id))
    record = {
        "model": name,
        "task": spec.task,
        "rows": len(replayed.truths),
        "trained_on": replayed.trained_on,
        **_scores(mine, frozen, simple),
        "accuracy_by_window" if spec.task == "classification" else "mae_by_window": by_window(
            spec.task, replayed.answers, replayed.truths, spec.monitoring.window.rows or 500
        ),
        "retrains": sum(run.start != "unknown" for run in runs) - 1,
        "promoted": _count(later, "promote"),
        "rejected": _count(later, "reject"),
        "refused": sum(one.looks for one in ports.triggers.in_state(name, "refused")),
        "failed": sum(run.state in ("failed", "crashed") for run in runs),
        "rolled_back": _count(later, "rollback"),
        "alerts": [_told(alert) for alert in alerts],
        "notices": len(ports.outbox.page(name, MANY)),
        **(_found(replayed, alerts) if replayed.known else {}),
        "train_cpu_seconds": sum((run.metrics or {}).get("cpu_seconds", 0.0) for run in runs),
        "cost": {"total": total, "trainings": trainings, "currency": spec.costs.currency},
        "decisions_improved": improved,
        "cost_per_decision_improved": total / improved if improved > 0 else None,
        "wall_seconds": replayed.wall_seconds,
    }
    return Summary(record=record, answers=replayed.answers, alerts=alerts, decisions=decisions)


def _scores(mine: Figures, frozen: Figures, simple: Figures) -> dict[str, float | None]:
    if mine.accuracy is not None:
        return {
            "accuracy": mine.accuracy,
            "frozen_accuracy": frozen.accuracy,
            "baseline_accuracy": simple.accuracy,
        }
    return {
        f"{prefix}{metric}": getattr(side, metric)
        for prefix, side in (("", mine), ("frozen_", frozen), ("baseline_", simple))
        for metric in ("mae", "rmse", "r2")
    }


def _found(replayed: Replayed, alerts: Sequence[Alert]) -> dict[str, Any]:
    found = find_changes(replayed.known, alerts, replayed.times)
    return {
        "known_changes": [
            {**asdict(change), "found": asdict(one) if one else None, "words": found_words(change, one)}
            for change, one in found
        ],
        "alerts_before": early_alerts(replayed.known, alerts, replayed.times),
    }


def _told(alert: Alert) -> dict[str, str]:
    return {
        "time": alert.opened_at.isoformat(),
        "latest": latest_at(alert).isoformat(),
        "rule": alert.rule,
        "severity": alert.severity,
        "state": alert.state,
        "message": alert.message,
    }


def _count(decisions: Sequence[PromotionDecision], kind: str) -> int:
    return sum(one.kind == kind for one in decisions)


def known_lines(record: dict[str, Any]) -> list[str]:
    """What found each known change, and how many alerts came before the first; nothing where none is known."""
    if "known_changes" not in record:
        return []
    found = [str(change["words"]) for change in record["known_changes"]]
    return ["known changes:", *found, f"  alerts before the first of them: {record['alerts_before']}"]


def lines(record: dict[str, Any]) -> list[str]:
    """The figures a person reads first."""
    if record["task"] == "classification":
        figures = [("accuracy", "{:.1%}")]
    else:
        figures = [("mae", "{:.4g}"), ("rmse", "{:.4g}"), ("r2", "{:.3f}")]
    text = []
    for metric, form in figures:
        mine, frozen, simple = (record[prefix + metric] for prefix in ("", "frozen_", "baseline_"))
        shown = [form.format(value) if value is not None else "unknown" for value in (mine, frozen, simple)]
        text.append(f"{metric}: {shown[0]}  (frozen first champion {shown[1]}, simple model {shown[2]})")
    per_decision = record["cost_per_decision_improved"]
    currency = record["cost"]["currency"]
    text += [
        f"rows: {record['rows']} answered, after {record['trained_on']} to train on",
        f"retrains: {record['retrains']}  promoted {record['promoted']}, rejected {record['rejected']}, "
        f"rolled back {record['rolled_back']}; refused {record['refused']}",
        f"alerts: {len(record['alerts'])}, notices: {record['notices']}",
        *known_lines(record),
        f"training: {record['train_cpu_seconds']:.1f} CPU seconds, {record['cost']['trainings']:.4f} {currency}; with "
        f"watching and serving {record['cost']['total']:.4f} {currency}",
        "cost per decision improved: "
        + (
            f"{money(per_decision, currency)} ({record['decisions_improved']} decisions)"
            if per_decision
            else "none improved"
        ),
        f"took {record['wall_seconds']:.0f} s",
    ]
    return text
