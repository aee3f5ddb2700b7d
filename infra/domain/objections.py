"""What speaks against letting a version serve: the newest word that was recorded about it. Pure.

A person may go past it, by force, and the decision says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from infra.domain.decisions import PromotionDecision, Reason
from infra.domain.errors import Refused

APPROVAL = "approval"
"""The rule that waits for a person's word: no judgement against the version."""
FORCED = "forced"
"""The rule under which a decision says that a person went past the gate."""


def objections(decisions: Iterable[PromotionDecision], version: int) -> tuple[Reason, ...]:
    """The failed rules of the newest decision about the version; empty where nothing speaks against it.

    `decisions` come newest first. A version that was promoted and served has nothing against it until it is taken
    back; one that nobody ever judged has no verdict that could.
    """
    for decision in decisions:
        if decision.kind == "rollback" and decision.previous_version == version:
            return tuple(one for one in decision.reasons if not one.passed) or decision.reasons
        if decision.version != version:
            continue
        if decision.kind in ("promote", "keep", "rollback"):
            return ()
        failed = tuple(one for one in decision.reasons if not one.passed and one.rule != APPROVAL)
        if decision.kind == "reject" or failed:
            return failed
    return ()


def require_force(model: str, version: int, against: tuple[Reason, ...], *, force: bool) -> tuple[Reason, ...]:
    """The reason that a forced promotion carries beside the person's own; nothing where none is needed.

    Raises:
        Refused: something speaks against the version, and nobody forces it.
    """
    if not against:
        return ()
    said = " ".join(one.text for one in against)
    many = f"{len(against)} rule{'s' * (len(against) != 1)}"
    if not force:
        raise Refused(
            f"version {version} of {model} was judged, and {many} did not hold: {said} Promote another version, or "
            'force this one (`--force`, or `"force": true` over HTTP): that is recorded, and an alert stands'
        )
    rules = ", ".join(dict.fromkeys(one.rule for one in against))
    text = f"Forced, though {many} did not hold ({rules}): {said}"
    return (Reason(rule=FORCED, passed=False, figure=float(len(against)), limit=0.0, text=text),)
