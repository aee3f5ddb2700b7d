"""What people's acts take: minutes that the model file assumes, minutes measured, or an act of unknown length.

An alert is reviewed once, however many acts that takes.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal

from infra.domain.alerts import Alert
from infra.domain.costs import CostEntry
from infra.domain.errors import NotFound, SpecError
from infra.ledger.pricing import Quantity, entry_of
from infra.ports import Ports
from infra.spec import ModelSpec
from infra.spec.registered import spec_as_registered

Kind = Literal["review", "approval"]
REVIEWS = ("acknowledge", "resolve")
"""What is done to an alert by somebody who looked into it; other acts are free."""
_ACKNOWLEDGED = " acknowledged by "
_log = logging.getLogger(__name__)


def charge_review(ports: Ports, act: str, alert: Alert, *, at: datetime) -> None:
    """Charge the review of an alert, given as it is now, to which a person did one of `REVIEWS` at event time `at`."""
    spec = _spec_of(ports, alert.model)
    if spec is None or (spec.costs.staff_minutes.review == "measured" and act == "acknowledge"):
        return  # how long it takes is known when it is resolved
    ports.costs.add([act_entry(spec, "review", alert.id, at=at, measured_minutes=_measured_minutes(alert, at))])


def charge_approval(ports: Ports, model: str, act_id: str, *, at: datetime) -> None:
    """Charge a decision that a person made by hand."""
    spec = _spec_of(ports, model)
    if spec is not None:
        ports.costs.add([act_entry(spec, "approval", act_id, at=at)])


def act_entry(
    spec: ModelSpec, kind: Kind, act_id: str, *, at: datetime, measured_minutes: float | None = None
) -> CostEntry:
    """One act as a cost entry, and how its minutes are known."""
    said = spec.costs.staff_minutes.review if kind == "review" else spec.costs.staff_minutes.approval
    if isinstance(said, float | int):
        quantity = Quantity(
            stage="review",
            unit="staff_minute",
            amount=float(said),
            measured=f"{said:g} minutes assumed for each {kind}",
            basis="assumed",
        )
    elif said == "measured" and measured_minutes is not None:
        text = "from acknowledgement to resolution"
        quantity = Quantity(stage="review", unit="staff_minute", amount=measured_minutes, measured=text)
    else:
        quantity = Quantity(stage="review", unit="act", amount=1.0, measured=f"{kind} counted, its minutes unknown")
    return entry_of(quantity, spec, entry_id=f"{spec.model}:{kind}:{act_id}", run_id=None, at=at)


def _measured_minutes(alert: Alert, at: datetime) -> float | None:
    """Since the alert was last acknowledged; None when it never was."""
    for deed in reversed(alert.actions):
        if _ACKNOWLEDGED in deed:
            since = datetime.strptime(deed[:16], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
            return max(0.0, (at - since).total_seconds() / 60.0)
    return None


def _spec_of(ports: Ports, model: str) -> ModelSpec | None:
    """None where no model file is stored, or one that is not accepted: a person may act all the same."""
    try:
        return spec_as_registered(ports.models.get(model).spec_yaml, model)
    except (SpecError, NotFound):
        _log.warning("an act on %s is not charged: no accepted model file of it is stored", model)
        return None
