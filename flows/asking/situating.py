"""What is known of a model when a retraining is weighed: gathered from the database, judged elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flows.asking.recalling import GAIN, GAIN_ERROR
from flows.costing import month_of
from flows.desk import Desk
from flows.ledger.first_use import LABELS_THROUGH
from flows.ledger.metering import known_cost
from flows.rows.origins import BRING_BACK, first_trainings, resumed_after
from flows.trial.crediting import credited, undecided
from infra.domain.alerts import Trigger
from infra.domain.decisions import Champion
from infra.domain.windows import Window
from monitoring.policies.situation import PastRetrain, Situation
from monitoring.rules import ACCURACY_DEGRADED, worst_accepted

RECENT = 200


def onset(situation: Situation, champion: Champion, desk: Desk) -> int | None:
    """Where the present degradation began: the first arrival of the unbroken run of windows below the limit.

    None when no accuracy alert stands.
    """
    if not any(alert.rule == ACCURACY_DEGRADED for alert in situation.alerts):
        return None
    limit, first = worst_accepted(champion, desk.spec), None
    for window in reversed([one for one in situation.windows if one.performance is not None]):
        assert window.performance is not None
        value = window.performance.value
        bad = value < limit if situation.metric == "accuracy" else value > limit
        if not bad or window.first_seq <= champion.since_seq:
            break
        first = window.first_seq
    return first


def situation_of(desk: Desk, champion: Champion, now: datetime) -> Situation:
    """Everything that a policy may know at event time `now`, but for what earlier versions would have answered."""
    ports, spec = desk.ports, desk.spec
    windows = tuple(reversed(ports.windows.page(spec.model, RECENT)))
    answered = ports.triggers.in_state(spec.model, "done") + ports.triggers.in_state(spec.model, "failed")
    attempts = sorted(answered, key=lambda one: one.at, reverse=True)
    asked = attempts[0].evidence if attempts else {}
    labelled_through = asked.get("labelled_through_seq")
    trained_seq = max(champion.since_seq, int(labelled_through or 0))
    new_labels = sum(
        one.performance.labelled for one in windows if one.performance is not None and one.first_seq > trained_seq
    )
    window_rows = spec.monitoring.window.rows
    return Situation(
        model=spec.model,
        at=now,
        metric="accuracy" if spec.task == "classification" else "mae",
        accepted=champion.accepted,
        windows=windows,
        alerts=tuple(ports.alerts.unresolved(spec.model)),
        trained_at=attempts[0].at if attempts else champion.since,
        trained_seq=trained_seq,
        arrivals_since=ports.predictions.count_after(spec.model, int(asked.get("arrived_seq") or trained_seq)),
        new_labels=new_labels,
        past=_past(desk, window_rows or _mean_rows(windows)),
        decisions_ahead=window_rows or _mean_rows(windows),
        wrong_decision=spec.costs.wrong_decision,
        budget_left=_budget_left(desk, now),
        brought_back=resumed_after(desk, champion) > 0 and not _trained_since(attempts, champion),
    )


def _trained_since(attempts: Sequence[Trigger], champion: Champion) -> bool:
    """Whether the champion had its chance to learn since it came back, whatever became of the candidate."""
    return any(one.at > champion.since and one.evidence.get("how") != BRING_BACK for one in attempts)


def _past(desk: Desk, window_rows: int) -> tuple[PastRetrain, ...]:
    """Finished retrainings, oldest first, first trainings left out, and those whose candidate nobody has decided about:
    that it waits for labels, or a person, is no rejection."""
    decisions = desk.ports.decisions.page(desk.spec.model, RECENT)
    promoted, on_trial = {one.run_id for one in credited(decisions)}, undecided(decisions)
    first, found, through = first_trainings(desk), [], 0.0
    for run in reversed(desk.ports.runs.page(desk.spec.model, RECENT)):
        if run.metrics is None or run.trigger_id in first:
            continue
        reached = run.metrics.get(LABELS_THROUGH, through)
        if run.id in on_trial:
            through = reached
            continue
        found.append(
            PastRetrain(
                at=run.at,
                how="warm" if run.start.startswith("warm") else "scratch",
                promoted=run.id in promoted,
                cpu_seconds=run.metrics["cpu_seconds"],
                cost=known_cost(desk.spec, run),
                validation=_achieved(run.metrics, desk.spec.task),
                gain=run.metrics.get(GAIN),
                gain_error=run.metrics.get(GAIN_ERROR),
                stale_windows=max(1.0, (reached - through) / max(1, window_rows)),
            )
        )
        through = reached
    return tuple(found)


def _achieved(metrics: Mapping[str, float], task: str) -> float | None:
    """The better of candidate and champion on the rows they were compared on: that much was shown to be possible."""
    metric, better = ("accuracy", max) if task == "classification" else ("mae", min)
    shown = [metrics[name] for name in (f"holdout_{metric}", f"champion_{metric}") if name in metrics]
    return better(shown, default=None)


def _budget_left(desk: Desk, now: datetime) -> float | None:
    if desk.spec.budget is None:
        return None
    return desk.spec.budget.monthly - desk.ports.costs.total(
        desk.spec.model, *month_of(now), currency=desk.spec.costs.currency
    )


def _mean_rows(windows: Sequence[Window]) -> int:
    return round(sum(one.rows for one in windows) / len(windows)) if windows else 0
