"""A person's choice of the version that serves, and of the one that answers beside it: gathered, decided and stored.

The registry is not told from here, since MLflow takes seconds to open: who can wait tells it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from infra.domain.decisions import DecisionKind, PromotionDecision, Reason, TrainingRun
from infra.domain.errors import NotFound, Refused
from infra.domain.handover import accepted_level, challenge, dismiss, hand_over, previous_version, reject
from infra.domain.objections import objections, require_force
from infra.domain.shadows import Appointment, AppointmentRole
from infra.ledger.staff import charge_approval
from infra.ports import Ports
from infra.spec.model_file import DEFAULT_PROBATION_ROWS
from infra.spec.registered import spec_as_registered

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Who chooses, why, and when in event time; `decision_id` is a new one."""

    decision_id: str
    reason: str
    actor: str
    at: datetime


def promote_by_hand(
    ports: Ports, model: str, version: int, choice: Choice, *, force: bool = False
) -> PromotionDecision:
    """Let `version` serve from now on, on probation after the champion it replaces.

    Raises:
        NotFound: there is no such version.
        Refused: it serves already, was never measured, or its verdict speaks against it and `force` is not given.
    """
    ports.versions.get(model, version)
    besides = require_force(model, version, objections(_decisions(ports, model), version), force=force)
    return _crown(ports, model, version, choice, "promote", besides, _probation_rows(ports, model))


def roll_back_by_hand(ports: Ports, model: str, choice: Choice) -> PromotionDecision:
    """Let the version serve again that did before the present champion was promoted.

    Raises:
        Refused: there is none.
    """
    champion = ports.versions.champion(model)
    earlier = previous_version(_decisions(ports, model), champion) if champion else None
    if earlier is None:
        raise Refused(f"model {model} has no earlier version to go back to: promote one by its number")
    return _crown(ports, model, earlier, choice, "rollback")


def challenge_by_hand(ports: Ports, model: str, version: int, choice: Choice) -> PromotionDecision:
    """Let `version` answer beside the champion from now on, in the place of the one that did.

    Raises:
        NotFound: there is no such version.
        Refused: it serves, or challenges already, or there is no champion.
    """
    appointment, decision = challenge(
        ports.versions.get(model, version),
        ports.versions.champion(model),
        appointed(ports, model, "challenger"),
        decision_id=choice.decision_id,
        reason=choice.reason,
        actor=choice.actor,
        at=choice.at,
    )
    ports.decisions.add(decision)
    ports.shadows.appoint(appointment)
    return decision


def reject_by_hand(ports: Ports, model: str, version: int, choice: Choice) -> PromotionDecision:
    """Let the candidate not serve: it challenges nobody any more, and is promoted by force alone.

    Raises:
        NotFound: there is no such version.
        Refused: its training goes on, it serves or has served, or it was rejected already.
    """
    candidate, standing = ports.versions.get(model, version), appointed(ports, model, "challenger")
    run = _run(ports, candidate.run_id)
    if run is not None and run.state == "running":
        raise Refused(f"the training of version {version} of {model} goes on: reject it once the run has ended")
    challenges = standing is not None and standing.version == version
    decision = reject(
        candidate,
        ports.versions.champion(model),
        list(_decisions(ports, model)),
        challenges=challenges,
        decision_id=choice.decision_id,
        reason=choice.reason,
        actor=choice.actor,
        at=choice.at,
    )
    ports.decisions.add(decision)
    if challenges:
        ports.shadows.dismiss(model, "challenger")
    return decision


def dismiss_by_hand(ports: Ports, model: str, choice: Choice) -> PromotionDecision:
    """Let nobody challenge the champion from now on; what the challenger said is kept.

    Raises:
        Refused: there is none.
    """
    decision = dismiss(
        model,
        appointed(ports, model, "challenger"),
        decision_id=choice.decision_id,
        reason=choice.reason,
        actor=choice.actor,
        at=choice.at,
    )
    ports.decisions.add(decision)
    ports.shadows.dismiss(model, "challenger")
    return decision


def appointed(ports: Ports, model: str, role: AppointmentRole) -> Appointment | None:
    """Who holds the role."""
    return next((one for one in ports.shadows.appointments() if (one.model, one.role) == (model, role)), None)


def dismiss_crowned(ports: Ports, model: str, version: int, fencing_token: int | None = None) -> None:
    """A challenger that was crowned challenges nobody any more.

    Raises:
        Refused: the lease that the token belongs to has been taken over.
    """
    challenger = appointed(ports, model, "challenger")
    if challenger is not None and challenger.version == version:
        ports.shadows.dismiss(model, "challenger", fencing_token)


def _crown(
    ports: Ports,
    model: str,
    version: int,
    choice: Choice,
    kind: DecisionKind,
    besides: tuple[Reason, ...] = (),
    probation_rows: int | None = None,
) -> PromotionDecision:
    candidate, champion = ports.versions.get(model, version), ports.versions.champion(model)
    crowned, decision = hand_over(
        kind,
        candidate,
        champion,
        accepted=accepted_level(_run(ports, candidate.run_id), champion),
        last_seq=ports.predictions.last_seq(model),
        decision_id=choice.decision_id,
        reason=choice.reason,
        actor=choice.actor,
        at=choice.at,
        besides=besides,
        probation_rows=probation_rows,
    )
    ports.versions.crown(crowned, decision)
    charge_approval(ports, model, decision.id, at=choice.at)
    dismiss_crowned(ports, model, version)
    return decision


def _probation_rows(ports: Ports, model: str) -> int:
    """As the model file in force says; its default where none is registered."""
    try:
        registered = ports.models.get(model)
    except NotFound:
        return DEFAULT_PROBATION_ROWS
    return spec_as_registered(registered.spec_yaml, model).probation_rows


def _run(ports: Ports, run_id: str) -> TrainingRun | None:
    """None for a version that was added by hand."""
    try:
        return ports.runs.get(run_id)
    except NotFound:
        return None


def _decisions(ports: Ports, model: str) -> Iterator[PromotionDecision]:
    """All of them, newest first."""
    offset = 0
    while page := ports.decisions.page(model, _PAGE, offset):
        yield from page
        offset += len(page)
