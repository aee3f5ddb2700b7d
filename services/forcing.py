"""Tell that a person went past the gate: the alert about a forced promotion, from the API and the command line."""

from __future__ import annotations

from functools import partial

from infra.alert_book import change_alerts
from infra.domain.decisions import PromotionDecision
from infra.ports import Ports
from infra.spec.registered import spec_as_registered
from monitoring.forcing import judge_forced
from monitoring.settling import settle


def tell_forced(ports: Ports, decision: PromotionDecision) -> None:
    """Open the alert where the decision was forced; what people are told follows from it."""
    judgement = judge_forced(decision)
    if not judgement.breaches:
        return
    spec = spec_as_registered(ports.models.get(decision.model).spec_yaml, decision.model)
    decide = partial(settle, judgement=judgement, spec=spec, at=decision.at)
    change_alerts(ports.alerts, ports.outbox, decision.model, decide)
