"""The facts of one installation that readiness is judged by, gathered from its records and the report made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.deeds import Verified
from infra.domain.errors import NotFound
from infra.explaining import explain
from infra.ports import Ports
from infra.spec.registered import spec_as_registered
from infra.verifying import verify_record
from monitoring.readiness import data, infrastructure, model, watching
from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Readiness, score
from monitoring.silence import MONITOR

MANY, SOME = 1_000, 50


def readiness_of(ports: Ports, name: str, verify: Callable[[Ports, str], Verified] = verify_record) -> Readiness:
    """The report on a registered model; `verify` says whether its record holds.

    Raises:
        SpecError: its model file is not accepted any more.
    """
    return score(
        _facts(ports, name, verify(ports, name)),
        {
            "data": data.CHECKS,
            "model": model.CHECKS,
            "infrastructure": infrastructure.CHECKS,
            "monitoring": watching.CHECKS,
        },
    )


def _facts(ports: Ports, name: str, verified: Verified) -> Facts:
    text = ports.models.get(name).spec_yaml
    champion = ports.versions.champion(name)
    decisions = ports.decisions.page(name, MANY)
    features = {one.version: _features(ports, one.sha256) for one in ports.versions.all(name)}
    return Facts(
        spec=spec_as_registered(text, name),
        spec_sha256=hashlib.sha256(text.encode()).hexdigest(),
        champion=champion,
        decision=_decision(decisions, champion),
        run=_run(ports, champion),
        columns=features.get(champion.version, ()) if champion is not None else (),
        schemas=len(set(features.values())),
        windows=ports.windows.page(name, SOME),
        decisions=decisions,
        runs=ports.runs.page(name, MANY),
        notices=ports.outbox.page(name, SOME),
        deeds=[link.deed for link in ports.deeds.page(name, MANY)],
        verified=verified,
        keys=sum(key.revoked_at is None for key in ports.keys.all()),
        looked_after=any(one.ok for one in ports.heartbeats.all() if (one.name, one.model) == (MONITOR, name)),
        beside={
            one.role: ports.shadows.count(name, one.role, one.version)
            for one in ports.shadows.appointments()
            if one.model == name
        },
        explained=_explained(ports, name),
    )


def _features(ports: Ports, sha256: str) -> tuple[str, ...]:
    """Names of the columns that the bundle of this hash was frozen with."""
    config, _ = ports.versions.bundle(sha256)
    return tuple(str(column["name"]) for column in json.loads(config)["schema"]["columns"])


def _decision(decisions: list[PromotionDecision], champion: Champion | None) -> PromotionDecision | None:
    return next((one for one in decisions if champion is not None and one.id == champion.decision_id), None)


def _run(ports: Ports, champion: Champion | None) -> TrainingRun | None:
    try:
        return None if champion is None else ports.runs.get(ports.versions.get(champion.model, champion.version).run_id)
    except NotFound:
        return None


def _explained(ports: Ports, name: str) -> str | None:
    """The newest prediction, when it leads back to a run and a decision."""
    for newest in ports.predictions.after(name, ports.predictions.last_seq(name) - 1, 1):
        found = explain(ports, name, newest.prediction.id)
        if found.run is not None and found.decision is not None and found.decision.hash is not None:
            return newest.prediction.id
    return None
