"""What a decision about who serves or challenges leaves to be done, brought up to it: every step bears being repeated.

A decision and the pointer it moves are one transaction; the challenger's post and the alerts that it answers come
after it, and a process may be killed in between. Whoever holds the model's lease makes up for that at its next look.
"""

from __future__ import annotations

from flows.desk import Desk
from flows.notifying import close_answered
from flows.trial.crediting import lets_wait
from infra.crowning import appointed, dismiss_crowned
from infra.domain.alerts import Alert
from infra.domain.decisions import Champion, PromotionDecision
from monitoring.forcing import PROMOTION_FORCED
from monitoring.rules import ACCURACY_DEGRADED

MANY_DECISIONS = 1_000
_ABOUT_A_POST = ("challenge", "reject", "promote", "dismiss")


def finish_succession(desk: Desk, token: int) -> None:
    """Under the lease of this token: posts and alerts are as the decisions on record left them.

    Raises:
        Refused: the lease was taken over.
    """
    ports, model = desk.ports, desk.spec.model
    champion = ports.versions.champion(model)
    if champion is None:
        return
    dismiss_crowned(ports, model, champion.version, token)
    standing = appointed(ports, model, "challenger")
    newest = None if standing is None else newest_word(desk, standing.version)
    if newest is not None and (newest.kind == "dismiss" or (newest.kind == "reject" and not lets_wait(newest))):
        ports.shadows.dismiss(model, "challenger", token)
    crowned = _crowning(desk, champion)
    if crowned is not None and crowned.kind == "promote" and crowned.actor == "keepsharp":
        close_replaced(desk, crowned, later=True)
    close_forced(desk, champion)


def close_replaced(desk: Desk, decision: PromotionDecision, *, later: bool) -> None:
    """Close the accuracy alert about a champion that was replaced; the next windows judge the one that serves now.

    `later` than the promotion itself, an alert that was opened since may be about the new one, and stands.
    """
    close_answered(
        desk,
        {ACCURACY_DEGRADED},
        f"version {decision.version} serves instead",
        at=decision.at,
        about=lambda alert: not later or alert.opened_at <= decision.at,
    )


def newest_word(desk: Desk, version: int) -> PromotionDecision | None:
    """The newest decision on whether the version serves or challenges."""
    page = desk.ports.decisions.page(desk.spec.model, MANY_DECISIONS)
    return next((one for one in page if one.version == version and one.kind in _ABOUT_A_POST), None)


def _crowning(desk: Desk, champion: Champion) -> PromotionDecision | None:
    page = desk.ports.decisions.page(desk.spec.model, MANY_DECISIONS)
    return next((one for one in page if one.id == champion.decision_id), None)


def close_forced(desk: Desk, champion: Champion) -> None:
    """An alert about a version that a person forced ends with that version, or once it has proved itself."""

    def is_over(alert: Alert) -> bool:
        version = alert.evidence.get("version")
        return version is not None and (version != champion.version or champion.probation_until_seq is None)

    deed = f"version {champion.version} serves, and is on probation no more"
    close_answered(desk, {PROMOTION_FORCED}, deed, at=champion.since, about=is_over)
