"""Ask the policy whether to retrain, put its answer through the guards, and record what came of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from croniter import croniter

from flows.asking.recalling import ask_rivals, measure_gains, note_refusals
from flows.asking.refusing import DUE, keep_refusal
from flows.asking.situating import onset, situation_of
from flows.desk import Desk
from flows.ledger.budgeting import bind, review_held
from flows.notifying import ANSWERED_BY_RETRAINING, note_deed, standing_ids
from infra.domain.alerts import ANSWERS, Evidence, Trigger, TriggerSource
from infra.domain.decisions import Champion
from monitoring.policies.choosing import policy_for
from monitoring.policies.guards import refusal_evidence, refusals
from monitoring.policies.policy import Policy, Verdict, choose_how
from monitoring.policies.situation import Situation


def consider(desk: Desk, *, now: datetime) -> Trigger | None:
    """What the policy says now, as a trigger: accepted, or refused by the policy itself or by a guard.

    A refusal is a decision, and is kept with its forecast, once for as long as it stands (`flows.asking.refusing`).
    None when there is nothing to decide: no champion yet, or a retraining that was accepted waits to be carried out.
    """
    champion = desk.ports.versions.champion(desk.spec.model)
    if champion is None or desk.ports.triggers.in_state(desk.spec.model, "accepted"):
        return None
    if review_held(desk, now=now):
        return None  # what the policy wanted waits for a person's word
    accepted = desk.ports.triggers.in_state(desk.spec.model, "accepted")
    if accepted:
        return accepted[0]  # held until now
    measure_gains(desk)
    note_refusals(desk)
    situation = situation_of(desk, champion, now)
    policy = policy_for(desk.spec, desk.allowed_modules)
    verdict = policy.decide(_with_rivals(desk, champion, policy, situation))
    source: TriggerSource = "policy"
    due = None if verdict.retrain else _scheduled(desk, situation)
    if due is not None:
        reason, evidence = f"The schedule `{desk.spec.retraining.schedule}` is due.", {DUE: due.isoformat()}
        verdict = Verdict(retrain=True, reason=reason, evidence=evidence, how=choose_how(situation, desk.spec))
        source = "schedule"
    trigger = _trigger(desk, champion, situation, verdict, source, policy.name)
    if verdict.retrain and verdict.how != "bring_back":  # which trains nothing, and so costs nothing
        trigger = bind(desk, trigger, now=now)
    return _keep(desk, trigger, wanted=verdict.retrain)


def _keep(desk: Desk, trigger: Trigger, *, wanted: bool) -> Trigger:
    """Store it, and note on the alerts it answers what was wanted and came of that; a refusal that stands, once."""
    is_news = True
    if wanted and (ids := standing_ids(desk, ANSWERED_BY_RETRAINING)):
        trigger = replace(trigger, evidence={**trigger.evidence, ANSWERS: " ".join(ids)})
    if trigger.state == "refused":
        trigger, is_news = keep_refusal(desk, trigger, wanted=wanted)
    else:
        desk.ports.triggers.save(trigger)
    if wanted and is_news:
        note_deed(desk, ANSWERED_BY_RETRAINING, f"retraining {trigger.state}: {trigger.reason}", at=trigger.at)
    return trigger


def _with_rivals(desk: Desk, champion: Champion, policy: Policy, situation: Situation) -> Situation:
    """The situation, with what earlier versions would have answered where the policy asks for it."""
    wants = getattr(policy, "wants_rivals", None)
    wanted = 0 if wants is None else int(wants(situation))
    if not wanted:
        return situation
    newest = next((one for one in reversed(situation.windows) if one.performance is not None), None)
    return situation if newest is None else replace(situation, rivals=ask_rivals(desk, champion, newest, wanted))


def weigh_wish(desk: Desk, wish: Trigger, *, now: datetime) -> Trigger:
    """A person's wish to retrain, recorded as accepted or refused.

    How many labels are enough and how long to pause is theirs to judge; a spent budget refuses them too, unless it
    waits for approval, which they give by asking.
    """
    champion = desk.ports.versions.champion(desk.spec.model)
    seen: Evidence = {}
    if champion is not None:
        seen = _seen(situation_of(desk, champion, now), champion, desk)
    accepted = replace(
        wish, state="accepted", reason=f"{wish.reason.rstrip('. ')}.", evidence={**seen, **wish.evidence}
    )
    weighed = bind(desk, accepted, now=now)
    desk.ports.triggers.save(weighed)
    return weighed


def _trigger(
    desk: Desk, champion: Champion, situation: Situation, verdict: Verdict, source: TriggerSource, policy: str
) -> Trigger:
    refused = refusals(situation, desk.spec) if verdict.retrain and verdict.how != "bring_back" else ()
    return Trigger(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=situation.at,
        source=source,
        state="accepted" if verdict.retrain and not refused else "refused",
        reason=" ".join([verdict.reason, *(one.text for one in refused)]),
        policy=policy,
        evidence={
            **verdict.evidence,
            **refusal_evidence(refused),
            **_seen(situation, champion, desk),
            "how": verdict.how,
            "past": verdict.past,
            **_resumption(situation, verdict),
        },
    )


def _resumption(situation: Situation, verdict: Verdict) -> Evidence:
    """Where a version that is brought back learns on: at the newest measured window, by which it was chosen."""
    measured = [one for one in situation.windows if one.performance is not None]
    if verdict.version is None or not measured:
        return {}
    return {"version": verdict.version, "resume_after_seq": measured[-1].first_seq - 1}


def _seen(situation: Situation, champion: Champion, desk: Desk) -> Evidence:
    """How far the labels reach that this was weighed on, and where the present trouble began."""
    return {
        "labelled_through_seq": max((one.last_seq for one in situation.windows if one.performance), default=0),
        "onset_seq": onset(situation, champion, desk),
        "arrived_seq": desk.ports.predictions.last_seq(desk.spec.model),
    }


def _scheduled(desk: Desk, situation: Situation) -> datetime | None:
    """When the cron expression was first due since the last training; None where it was not."""
    cron = desk.spec.retraining.schedule
    if cron is None:
        return None
    due: datetime = croniter(cron, situation.trained_at).get_next(datetime)
    return due if due <= situation.at else None
