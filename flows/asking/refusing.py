"""A refusal to retrain is kept once for as long as it stands; looks that come to the same are counted on it."""

from __future__ import annotations

import re
from dataclasses import replace

from flows.desk import Desk
from infra.domain.alerts import ANSWERS, LAST_LOOK, LOOKS, Evidence, Trigger

DUE = "schedule_due"
"""Under this name the evidence of a scheduled retraining says when it was due."""
_NUMBER = re.compile(r"\d[\d.,]*")
_FIGURES = ("_figure", "_limit")


def keep_refusal(desk: Desk, refusal: Trigger, *, wanted: bool) -> tuple[Trigger, bool]:
    """The refusal as it is kept, and whether it is news.

    The policy's own refusal stands while its sentence stays the same, figures included: another forecast is another
    decision. One that was `wanted` and that a guard refused stands while it is the same guard, whatever its figure, and
    has the sentence of the last look.
    """
    newest = desk.ports.triggers.page(desk.spec.model, 1)
    before = newest[0] if newest else None
    if before is None or _ground(before, wanted=wanted) != _ground(refusal, wanted=wanted):
        desk.ports.triggers.save(refusal)
        return refusal, True
    figures = {name: value for name, value in refusal.evidence.items() if name.endswith(_FIGURES) or name == ANSWERS}
    looks: Evidence = {LOOKS: before.looks + 1, LAST_LOOK: refusal.at.isoformat()}
    again = replace(before, reason=refusal.reason, evidence={**before.evidence, **figures, **looks})
    desk.ports.triggers.save(again)
    return again, False


def _ground(trigger: Trigger, *, wanted: bool) -> tuple[object, ...]:
    """What has to be the same for a refusal to be the same."""
    said = _NUMBER.sub("#", trigger.reason) if wanted else trigger.reason
    return trigger.state, trigger.source, trigger.policy, trigger.evidence.get(DUE), said
