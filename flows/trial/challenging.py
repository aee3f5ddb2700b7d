"""Candidates that keepsharp itself let challenge the champion: promoted by their labels, or dropped, with a decision.

A challenger that a person appointed is the person's. What a challenger would have said is worked out here from its own
bundle, on every labelled row that the champion answered since its training, as for probation (`flows.trial.watching`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from flows.desk import Desk
from flows.promotion.shadow import Trial, decide_trial, out_of_time, scaled_differences
from flows.promotion.waiting import SHADOW
from flows.rows.matching import matched_rows
from flows.training.examples import from_answered
from flows.trial.doubting import label_doubt
from flows.trial.holdouts import record_trial
from flows.trial.judging import compare_given
from flows.trial.succession import newest_word
from flows.trial.trial_time import trial_limit
from infra.crowning import appointed, dismiss_crowned
from infra.domain.decisions import Candidate, Champion, DecisionKind, PromotionDecision, Reason
from infra.domain.holdouts import HoldoutUse
from infra.domain.objections import APPROVAL
from infra.ports import Lease

MANY = 1_000
Word = Literal["promote", "drop", "wait", "no challenger"]


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What is to be done about a challenger, why, and the trial that said so, if one did."""

    word: Word
    candidate: Candidate
    champion: Champion
    reasons: tuple[Reason, ...]
    trial: Trial | None = None


def weigh_challenger(desk: Desk, *, now: datetime) -> Challenge | None:
    """What is to be done about the challenger; None when there is none that keepsharp let in."""
    ports, model = desk.ports, desk.spec.model
    standing, champion = appointed(ports, model, "challenger"), ports.versions.champion(model)
    if standing is None or champion is None:
        return None
    begun = _begun(desk, standing.version)
    if begun is None:
        return None
    candidate = ports.versions.get(model, standing.version)
    if begun.previous_version != champion.version:
        text = f"Version {champion.version} serves by now, and it was never compared with that one."
        return _dropped(candidate, champion, "overtaken", text)
    if not _rule(begun, SHADOW):
        return _expired(desk, begun, candidate, champion, now)
    return _on_trial(desk, begun, candidate, champion, now)


def answer_challenger(desk: Desk, lease: Lease, found: Challenge, *, now: datetime) -> PromotionDecision | None:
    """Promote or drop it, and record the decision; None while it waits."""
    if found.word == "wait" or found.word == "no challenger":
        return None
    waits_for_person = found.trial is not None and found.trial.outcome == "approval"
    kind: DecisionKind = "promote" if found.word == "promote" else "reject" if waits_for_person else "dismiss"
    decision = PromotionDecision(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        kind=kind,
        version=found.candidate.version,
        previous_version=found.champion.version,
        reasons=found.reasons,
        run_id=found.candidate.run_id,
    )
    if found.trial is not None:
        record_trial(desk, found.candidate, _use(desk, found.candidate), found.trial, now, lease.token)
    if kind == "promote":
        _crown(desk, lease, found, decision)
    else:
        desk.ports.decisions.add(decision, lease.token)
        if kind == "dismiss":
            desk.ports.shadows.dismiss(desk.spec.model, "challenger", lease.token)
    return decision


def give_way(desk: Desk, newcomer: Candidate, token: int) -> None:
    """Record that the challenger, where keepsharp let it in, gives way to a newer candidate."""
    standing = appointed(desk.ports, desk.spec.model, "challenger")
    if standing is None or standing.version == newcomer.version or _begun(desk, standing.version) is None:
        return
    text = f"Version {newcomer.version}, trained on newer labels, challenges in its place."
    desk.ports.decisions.add(
        PromotionDecision(
            id=uuid.uuid4().hex,
            model=desk.spec.model,
            at=newcomer.created_at,
            kind="dismiss",
            version=standing.version,
            previous_version=None,
            reasons=(Reason(rule="overtaken", passed=False, figure=None, limit=None, text=text),),
            run_id=desk.ports.versions.get(desk.spec.model, standing.version).run_id,
        ),
        token,
    )


def _crown(desk: Desk, lease: Lease, found: Challenge, decision: PromotionDecision) -> None:
    assert found.trial is not None
    since_seq = desk.ports.predictions.last_seq(desk.spec.model)
    crowned = Champion(
        model=desk.spec.model,
        version=found.candidate.version,
        sha256=found.candidate.sha256,
        since=decision.at,
        since_seq=since_seq,
        accepted=found.trial.accepted,
        decision_id=decision.id,
        probation_until_seq=since_seq + desk.spec.probation_rows,
    )
    desk.ports.versions.crown(crowned, decision, fencing_token=lease.token)
    dismiss_crowned(desk.ports, desk.spec.model, found.candidate.version, lease.token)
    desk.ports.registry.alias_champion(desk.spec.model, found.candidate.version)


def _begun(desk: Desk, version: int) -> PromotionDecision | None:
    """The newest decision about the version, where that is keepsharp's own and lets it wait."""
    decision = newest_word(desk, version)
    if decision is None or decision.actor != "keepsharp" or decision.kind not in ("challenge", "reject"):
        return None
    return decision if _rule(decision, APPROVAL) or _rule(decision, SHADOW) else None


def _rule(decision: PromotionDecision, rule: str) -> bool:
    return any(reason.rule == rule and not reason.passed for reason in decision.reasons)


def _expired(
    desk: Desk, begun: PromotionDecision, candidate: Candidate, champion: Champion, now: datetime
) -> Challenge:
    span = desk.spec.promotion.approval_expires
    assert span.duration is not None
    if now < begun.at + span.duration:
        return Challenge(word="wait", candidate=candidate, champion=champion, reasons=())
    text = (
        f"Nobody approved it within {span} of {begun.at:%Y-%m-%d %H:%M}: by now other rows would have to speak for it. "
        "Train again, or promote it by force."
    )
    return _dropped(candidate, champion, "approval_expired", text)


def _dropped(candidate: Candidate, champion: Champion, rule: str, text: str) -> Challenge:
    reason = Reason(rule=rule, passed=False, figure=None, limit=None, text=text)
    return Challenge(word="drop", candidate=candidate, champion=champion, reasons=(reason,))


def _on_trial(
    desk: Desk, begun: PromotionDecision, candidate: Candidate, champion: Champion, now: datetime
) -> Challenge:
    """The sequential test over matched labels, which ends by the clock of events where labels do not end it."""
    rows, use = matched_rows(desk, candidate, champion, desk.spec.shadow_rows), _use(desk, candidate)
    bundle = desk.bundle(candidate.sha256)
    examples = from_answered(rows, [column.name for column in bundle.schema.columns])
    comparison = replace(compare_given(desk.spec, examples, rows, candidate=bundle), doubt=label_doubt(desk))
    differences = scaled_differences(comparison, champion.accepted)
    alpha = 0.0 if use is None else use.later
    trial = decide_trial(comparison, differences, desk.spec.promotion, alpha=alpha, most_rows=desk.spec.shadow_rows)
    limit = trial_limit(desk)
    if trial.outcome == "wait" and now >= begun.at + limit:
        trial = out_of_time(trial, labels=len(rows), begun=begun.at, limit=limit)
    words: dict[str, Word] = {"promote": "promote", "drop": "drop", "approval": "drop", "wait": "wait"}
    return Challenge(
        word=words[trial.outcome], candidate=candidate, champion=champion, reasons=trial.reasons, trial=trial
    )


def _use(desk: Desk, candidate: Candidate) -> HoldoutUse | None:
    """What was left to the candidate when it was judged at the gate."""
    uses = desk.ports.holdout_uses.page(desk.spec.model, MANY)
    return next((use for use in uses if use.version == candidate.version and use.kind == "window"), None)
