"""The breach of a rule that concerns a whole model, of which one alert stands at a time."""

from __future__ import annotations

from infra.domain.alerts import Evidence, Severity
from monitoring.rules import Breach


def breach_of(
    rule: str, severity: Severity, model: str, message: str, evidence: Evidence, named: tuple[str, ...] = ()
) -> Breach:
    """The breach under the key of its model and rule."""
    return Breach(
        rule=rule, severity=severity, dedup_key=f"{model}:{rule}", message=message, evidence=evidence, named=named
    )
