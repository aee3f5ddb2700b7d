"""Let an earlier version serve again because its world came back: a rollback with a reason, and nothing is trained."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from flows.desk import Desk
from flows.holding import holding, if_free
from flows.notifying import close_answered
from flows.rows.origins import run_of
from infra.crowning import dismiss_crowned
from infra.domain.alerts import Trigger
from infra.domain.decisions import Champion, PromotionDecision, Reason
from infra.domain.errors import Refused
from infra.domain.handover import accepted_level
from infra.ports import Lease
from monitoring.rules import ACCURACY_DEGRADED


def bring_back(desk: Desk, trigger: Trigger, *, now: datetime) -> Trigger:
    """Carry the trigger out: done, or refused where another training holds the lease or the version serves already."""
    with if_free(holding(desk, "bring back")) as hold:
        if isinstance(hold, Refused):
            refused = replace(trigger, state="refused", reason=f"{trigger.reason} It waits: {hold}.")
            desk.ports.triggers.save(refused)
            return refused
        lease = hold.lease
        champion = desk.ports.versions.champion(desk.spec.model)
        version = int(trigger.evidence.get("version") or 0)
        if champion is not None and champion.decision_id == _decision_id(trigger):
            _close(desk, version, lease, now)  # it was brought back, and the process was killed after that
        elif champion is None or champion.version == version:
            said = f"{trigger.reason} It serves already."
            return _end(desk, replace(trigger, state="refused", reason=said), lease)
        else:
            _crown(desk, trigger, champion, version, lease, now)
        return _end(desk, replace(trigger, state="done"), lease)


def _crown(desk: Desk, trigger: Trigger, champion: Champion, version: int, lease: Lease, now: datetime) -> None:
    candidate, ports = desk.ports.versions.get(desk.spec.model, version), desk.ports
    gain = trigger.evidence.get("gain")
    figure = float(gain) if isinstance(gain, int | float) else None
    decision = PromotionDecision(
        id=_decision_id(trigger),
        model=desk.spec.model,
        at=now,
        kind="rollback",
        version=version,
        previous_version=champion.version,
        reasons=(Reason(rule="regime", passed=True, figure=figure, limit=0.0, text=trigger.reason),),
        run_id=candidate.run_id,
    )
    crowned = Champion(
        model=desk.spec.model,
        version=version,
        sha256=candidate.sha256,
        since=now,
        since_seq=ports.predictions.last_seq(desk.spec.model),
        accepted=accepted_level(run_of(desk, candidate), champion),
        decision_id=decision.id,
    )
    ports.versions.crown(crowned, decision, fencing_token=lease.token)
    _close(desk, version, lease, now)


def _decision_id(trigger: Trigger) -> str:
    """One for each trigger, by which a process that takes it up sees that it was carried out."""
    return uuid.uuid5(uuid.NAMESPACE_OID, trigger.id).hex


def _close(desk: Desk, version: int, lease: Lease, now: datetime) -> None:
    """What follows the crowning; done again where a process was killed after it."""
    dismiss_crowned(desk.ports, desk.spec.model, version, lease.token)
    desk.ports.registry.alias_champion(desk.spec.model, version)
    close_answered(
        desk,
        {ACCURACY_DEGRADED},
        f"version {version} serves again",
        at=now,
        about=lambda alert: alert.opened_at <= now,
    )


def _end(desk: Desk, trigger: Trigger, lease: Lease) -> Trigger:
    desk.ports.triggers.save(trigger, fencing_token=lease.token)
    return trigger
