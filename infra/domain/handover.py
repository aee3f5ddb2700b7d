"""What a person may do to versions and alerts, decided purely: records in, records out.

It reads no clock and writes nothing: `infra.crowning`, the API and the command line gather before and store after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from infra.domain.alerts import Alert
from infra.domain.decisions import Candidate, Champion, DecisionKind, PromotionDecision, Reason, TrainingRun
from infra.domain.errors import Refused
from infra.domain.objections import objections
from infra.domain.shadows import Appointment

HOLDOUT_METRICS = ("holdout_accuracy", "holdout_mae")
"""Where a run keeps the level its candidate reached."""
_MINUTE = "%Y-%m-%d %H:%M"
_MOST_ACTIONS = 50


def previous_version(decisions: Iterable[PromotionDecision], champion: Champion) -> int | None:
    """The version that served before the champion was promoted; None when it was the first.

    Rollbacks are stepped over, so that two in a row go two versions back. `decisions` come newest first.
    """
    for decision in decisions:
        if decision.kind == "promote" and decision.version == champion.version:
            return decision.previous_version
    return None


def accepted_level(run: TrainingRun | None, champion: Champion | None) -> float:
    """The level a version is held to: what its own run measured, else what its predecessor is held to.

    Raises:
        Refused: neither is known.
    """
    metrics: Mapping[str, float] = (run.metrics if run else None) or {}
    for name in HOLDOUT_METRICS:
        if name in metrics:
            return metrics[name]
    if champion is None:
        raise Refused("this version was never measured on held-out rows: train one with `keepsharp train`")
    return champion.accepted


def hand_over(
    kind: DecisionKind,
    candidate: Candidate,
    champion: Champion | None,
    *,
    accepted: float,
    last_seq: int,
    decision_id: str,
    reason: str,
    actor: str,
    at: datetime,
    besides: tuple[Reason, ...] = (),
    probation_rows: int | None = None,
) -> tuple[Champion, PromotionDecision]:
    """Who serves from now on, and the decision that says so, with the reasons `besides` the person's own.

    The decision names the run that made the version, and does not credit it with what the person's choice gains
    (`flows.trial.crediting`).

    For `probation_rows` arrivals it is on probation after the champion that it replaces; None, or none: for none.

    Raises:
        Refused: the version serves already.
    """
    if champion is not None and champion.version == candidate.version:
        raise Refused(f"version {candidate.version} of {candidate.model} serves already: name another version")
    decision = PromotionDecision(
        id=decision_id,
        model=candidate.model,
        at=at,
        kind=kind,
        version=candidate.version,
        previous_version=champion.version if champion else None,
        reasons=(_spoken(actor, reason), *besides),
        actor=actor,
        run_id=candidate.run_id,
    )
    watched = champion is not None and probation_rows is not None
    crowned = Champion(
        model=candidate.model,
        version=candidate.version,
        sha256=candidate.sha256,
        since=at,
        since_seq=last_seq,
        accepted=accepted,
        decision_id=decision_id,
        probation_until_seq=last_seq + (probation_rows or 0) if watched else None,
    )
    return crowned, decision


def challenge(
    candidate: Candidate,
    champion: Champion | None,
    standing: Appointment | None,
    *,
    decision_id: str,
    reason: str,
    actor: str,
    at: datetime,
) -> tuple[Appointment, PromotionDecision]:
    """Who answers beside the champion from now on, in the place of `standing`, and the decision that says so.

    Raises:
        Refused: there is no champion, or the version serves or challenges already.
    """
    if champion is None:
        raise Refused(f"model {candidate.model} has no champion to challenge: train one with `keepsharp train`")
    if champion.version == candidate.version:
        raise Refused(f"version {candidate.version} of {candidate.model} serves: name another version")
    if standing is not None and standing.version == candidate.version:
        raise Refused(f"version {candidate.version} of {candidate.model} challenges already: name another version")
    appointment = Appointment(
        model=candidate.model, role="challenger", version=candidate.version, sha256=candidate.sha256, since=at
    )
    decision = PromotionDecision(
        id=decision_id,
        model=candidate.model,
        at=at,
        kind="challenge",
        version=candidate.version,
        previous_version=champion.version,
        reasons=(_spoken(actor, reason),),
        actor=actor,
        run_id=candidate.run_id,
    )
    return appointment, decision


def reject(
    candidate: Candidate,
    champion: Champion | None,
    decisions: Sequence[PromotionDecision],
    *,
    challenges: bool,
    decision_id: str,
    reason: str,
    actor: str,
    at: datetime,
) -> PromotionDecision:
    """The decision that the candidate is not to serve: from now on it does so by force alone.

    `decisions` come newest first; `challenges` says whether it answers beside the champion.

    Raises:
        Refused: it serves, or has served before, or was rejected already.
    """
    model, version = candidate.model, candidate.version
    if champion is not None and champion.version == version:
        raise Refused(f"version {version} of {model} serves: roll back to the version before it, or promote another")
    if has_served(decisions, version):
        raise Refused(f"version {version} of {model} has served before: reject a candidate, or roll back")
    against = objections(decisions, version)
    if against and not challenges:
        said = " ".join(one.text for one in against)
        raise Refused(f"version {version} of {model} was rejected already, and serves by force alone: {said}")
    return PromotionDecision(
        id=decision_id,
        model=model,
        at=at,
        kind="reject",
        version=version,
        previous_version=champion.version if champion else None,
        reasons=(replace(_spoken(actor, reason), passed=False),),
        actor=actor,
        run_id=candidate.run_id,
    )


def has_served(decisions: Iterable[PromotionDecision], version: int) -> bool:
    """Whether a decision ever let the version serve."""
    return any(one.version == version and one.kind in ("promote", "rollback") for one in decisions)


def dismiss(
    model: str, standing: Appointment | None, *, decision_id: str, reason: str, actor: str, at: datetime
) -> PromotionDecision:
    """The decision that nobody challenges any more.

    Raises:
        Refused: nobody does.
    """
    if standing is None:
        raise Refused(f"model {model} has no challenger: there is nobody to dismiss")
    return PromotionDecision(
        id=decision_id,
        model=model,
        at=at,
        kind="dismiss",
        version=standing.version,
        previous_version=None,
        reasons=(_spoken(actor, reason),),
        actor=actor,
    )


def _spoken(actor: str, reason: str) -> Reason:
    return Reason(rule="person", passed=True, figure=None, limit=None, text=f"{actor}: {reason}")


def acknowledged(alert: Alert, *, note: str, at: datetime) -> Alert:
    """Somebody looks after it. Raises Refused when it is resolved."""
    changed = replace(_unresolved(alert), state="acknowledged", silenced_until=None, note=note, updated_at=at)
    return note_action(changed, f"acknowledged by {note}", at)


def silenced(alert: Alert, *, until: datetime, note: str, at: datetime) -> Alert:
    """Not to be heard until a moment. Raises Refused when it is resolved, or the moment is over."""
    if until <= at:
        raise Refused(f"`until` is {until.isoformat()}, which is not after {at.isoformat()}: name a later moment")
    changed = replace(_unresolved(alert), state="silenced", silenced_until=until, note=note, updated_at=at)
    return note_action(changed, f"silenced until {until:{_MINUTE}} by {note}", at)


def resolved(alert: Alert, *, note: str, at: datetime) -> Alert:
    """The trouble is gone, says a person. Raises Refused when it is resolved already."""
    changed = replace(_unresolved(alert), state="resolved", silenced_until=None, note=note)
    return note_action(replace(changed, updated_at=at, resolved_at=at), f"resolved by {note}", at)


def noted(alert: Alert, *, note: str, at: datetime) -> Alert:
    """Something a person wants remembered, also of one that is resolved."""
    return note_action(replace(alert, note=note, updated_at=at), note, at)


def assigned(alert: Alert, *, owner: str, note: str, at: datetime) -> Alert:
    """Another owner. Raises Refused when it is resolved."""
    changed = replace(_unresolved(alert), owner=owner, updated_at=at)
    return note_action(changed, f"given to {owner} by {note}", at)


def note_action(alert: Alert, text: str, at: datetime) -> Alert:
    """The alert with what was done about it, at event time `at`; the newest 50 deeds are kept, one told twice once."""
    deed = f"{at:{_MINUTE}} {text}"
    return alert if deed in alert.actions else replace(alert, actions=(*alert.actions, deed)[-_MOST_ACTIONS:])


def _unresolved(alert: Alert) -> Alert:
    if alert.state == "resolved":
        raise Refused(f"alert {alert.id} is resolved already: a new breach opens a new alert")
    return alert
