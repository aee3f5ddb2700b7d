"""Ask the policy whether to retrain, put its answer through the guards, and record what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from croniter import croniter

from flows.budgeting import bind, review_held
from flows.costing import month_of
from flows.desk import Desk
from flows.notifying import ANSWERED_BY_RETRAINING, note_deed
from infra.domain.alerts import Evidence, Trigger, TriggerSource
from infra.domain.decisions import Champion
from infra.domain.windows import Window
from monitoring.policies.choosing import policy_for
from monitoring.policies.guards import refusal_evidence, refusals
from monitoring.policies.policy import Verdict, choose_how
from monitoring.policies.situation import PastRetrain, Situation
from monitoring.rules import ACCURACY_DEGRADED, worst_accepted

RECENT = 200


def consider(desk: Desk, *, now: datetime) -> Trigger | None:
    """A trigger, accepted or refused by a guard, when the policy or the schedule asks for a retraining now."""
    champion = desk.ports.versions.champion(desk.spec.model)
    if champion is None or desk.ports.triggers.in_state(desk.spec.model, "accepted"):
        return None
    if review_held(desk, now=now):
        return None  # what the policy wanted waits for a person's word
    accepted = desk.ports.triggers.in_state(desk.spec.model, "accepted")
    if accepted:
        return accepted[0]  # held until now
    situation = _situation(desk, champion, now)
    policy = policy_for(desk.spec, desk.allowed_modules)
    verdict = policy.decide(situation)
    source: TriggerSource = "policy"
    if not verdict.retrain and _scheduled(desk, situation):
        reason = f"The schedule `{desk.spec.retraining.schedule}` is due."
        verdict = Verdict(retrain=True, reason=reason, evidence={}, how=choose_how(situation, desk.spec))
        source = "schedule"
    if not verdict.retrain:
        return None
    trigger = bind(desk, _trigger(desk, champion, situation, verdict, source, policy.name), now=now)
    desk.ports.triggers.save(trigger)
    note_deed(desk, ANSWERED_BY_RETRAINING, f"retraining {trigger.state}: {trigger.reason}", at=now)
    return trigger


def weigh_wish(desk: Desk, wish: Trigger, *, now: datetime) -> Trigger:
    """A person's wish to retrain, recorded as accepted or refused.

    How many labels are enough and how long to pause is theirs to judge; a spent budget refuses them too, unless it
    waits for approval, which they give by asking.
    """
    champion = desk.ports.versions.champion(desk.spec.model)
    seen: Evidence = {}
    if champion is not None:
        seen = _seen(_situation(desk, champion, now), champion, desk)
    accepted = replace(
        wish, state="accepted", reason=f"{wish.reason.rstrip('. ')}.", evidence={**seen, **wish.evidence}
    )
    weighed = bind(desk, accepted, now=now)
    desk.ports.triggers.save(weighed)
    return weighed


def _trigger(
    desk: Desk, champion: Champion, situation: Situation, verdict: Verdict, source: TriggerSource, policy: str
) -> Trigger:
    refused = refusals(situation, desk.spec)
    return Trigger(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=situation.at,
        source=source,
        state="refused" if refused else "accepted",
        reason=" ".join([verdict.reason, *(one.text for one in refused)]),
        policy=policy,
        evidence={
            **verdict.evidence,
            **refusal_evidence(refused),
            **_seen(situation, champion, desk),
            "how": verdict.how,
        },
    )


def _seen(situation: Situation, champion: Champion, desk: Desk) -> Evidence:
    """How far the labels reach that this was weighed on, and where the present trouble began."""
    return {
        "labelled_through_seq": max((one.last_seq for one in situation.windows if one.performance), default=0),
        "onset_seq": onset(situation, champion, desk),
    }


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


def _situation(desk: Desk, champion: Champion, now: datetime) -> Situation:
    ports, spec = desk.ports, desk.spec
    windows = tuple(reversed(ports.windows.page(spec.model, RECENT)))
    answered = ports.triggers.in_state(spec.model, "done") + ports.triggers.in_state(spec.model, "failed")
    attempts = sorted(answered, key=lambda one: one.at, reverse=True)
    labelled_through = attempts[0].evidence.get("labelled_through_seq") if attempts else None
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
        arrivals_since=ports.predictions.count_after(spec.model, trained_seq),
        new_labels=new_labels,
        past=_past(desk),
        decisions_ahead=window_rows or _mean_rows(windows),
        wrong_decision=spec.costs.wrong_decision,
        budget_left=_budget_left(desk, now),
    )


def _past(desk: Desk) -> tuple[PastRetrain, ...]:
    """Finished retrainings, oldest first, the first training left out."""
    promoted = {one.run_id for one in desk.ports.decisions.page(desk.spec.model, RECENT) if one.kind == "promote"}
    return tuple(
        PastRetrain(
            at=run.at,
            how="warm" if run.start.startswith("warm") else "scratch",
            promoted=run.id in promoted,
            cpu_seconds=run.metrics["cpu_seconds"],
            cost=run.metrics["cost"],
            validation=_achieved(run.metrics, desk.spec.task),
        )
        for run in reversed(desk.ports.runs.page(desk.spec.model, RECENT))
        if run.metrics is not None and run.version != 1
    )


def _achieved(metrics: Mapping[str, float], task: str) -> float | None:
    """The better of candidate and champion on the rows they were compared on: that much was shown to be possible."""
    metric, better = ("accuracy", max) if task == "classification" else ("mae", min)
    shown = [metrics[name] for name in (f"holdout_{metric}", f"champion_{metric}") if name in metrics]
    return better(shown, default=None)


def _budget_left(desk: Desk, now: datetime) -> float | None:
    if desk.spec.budget is None:
        return None
    return desk.spec.budget.monthly - desk.ports.costs.total(desk.spec.model, *month_of(now))


def _scheduled(desk: Desk, situation: Situation) -> bool:
    """Whether the cron expression was due since the last training."""
    cron = desk.spec.retraining.schedule
    return cron is not None and croniter(cron, situation.trained_at).get_next(datetime) <= situation.at


def _mean_rows(windows: Sequence[Window]) -> int:
    return round(sum(one.rows for one in windows) / len(windows)) if windows else 0
