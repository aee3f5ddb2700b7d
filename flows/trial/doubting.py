"""Whether the labels that a candidate is judged by look wrong. It gathers, and decides nothing."""

from __future__ import annotations

from flows.desk import Desk
from monitoring.feedback import LABELS_SUSPECT
from monitoring.holding import LABELS_QUARANTINED

ABOUT_LABELS = (LABELS_SUSPECT, LABELS_QUARANTINED)


def label_doubt(desk: Desk) -> str:
    """What a standing alert says of them; nothing where none stands, or a trusted set is held against them."""
    if desk.spec.labels.golden is not None:
        return ""
    standing = [one for one in desk.ports.alerts.unresolved(desk.spec.model) if one.state != "pending"]
    return next((one.message for one in standing if one.rule in ABOUT_LABELS), "")
