"""What stores say when they refuse: one wording for every adapter. Knows no database."""

from __future__ import annotations

from collections.abc import Sequence

from infra.domain.access import ApiKey
from infra.domain.alerts import Alert
from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.errors import Conflict, NotFound
from infra.domain.holdouts import HoldoutUse


def no_model(name: str, there_are: Sequence[str]) -> NotFound:
    """Nobody registered that model."""
    known = f"there are {', '.join(there_are)}" if there_are else "none is registered yet"
    return NotFound(f"there is no model {name!r} ({known}): check the name, or train it first with `keepsharp train`")


def no_prediction(model: str, prediction_id: str) -> NotFound:
    """No such prediction was stored."""
    return NotFound(f"model {model!r} has no prediction {prediction_id!r}: check the id that came with its answer")


def no_window(model: str, index: int) -> NotFound:
    """No such window was closed."""
    return NotFound(f"{model} has no window {index}: its page lists those there are")


def no_alert(alert_id: str) -> NotFound:
    """Nobody saved that alert."""
    return NotFound(f"there is no alert {alert_id!r}: list them with `keepsharp alerts`")


def no_trigger(trigger_id: str) -> NotFound:
    """Nobody saved that trigger."""
    return NotFound(f"there is no trigger {trigger_id!r}: `keepsharp approve` lists those that wait for approval")


def no_quarantine(quarantine_id: str) -> NotFound:
    """Nobody saved that quarantine."""
    return NotFound(f"there is no quarantine {quarantine_id!r}: list them with `keepsharp labels quarantine`")


def no_run(run_id: str) -> NotFound:
    """Nobody saved that run."""
    return NotFound(f"there is no training run {run_id!r}: check its id against the model's list of runs")


def no_ledger(run_id: str) -> NotFound:
    """That run kept no correction ledger."""
    return NotFound(
        f"training run {run_id!r} kept no correction ledger: it failed before, `evidence: {{corrections: false}}` "
        "switched it off, or there is no such run; `keepsharp corrections MODEL` lists those that kept one"
    )


def no_version(model: str, version: int) -> NotFound:
    """Nobody added that version."""
    return NotFound(f"model {model!r} has no version {version}: `keepsharp runs {model}` lists those there are")


def no_bundle(sha256: str) -> NotFound:
    """Nobody added that bundle."""
    return NotFound(f"there is no bundle {sha256}: restore the database from a backup, or train a new version")


def no_snapshot(sha256: str) -> NotFound:
    """Nobody saved that content."""
    return NotFound(f"there is no snapshot {sha256!r}: check the hash against the training run that names it")


def no_key(name: str) -> NotFound:
    """No key that is not revoked has the name."""
    return NotFound(f"no valid API key has the name {name!r}: list them with `keepsharp keys list`")


def taken_key(key: ApiKey) -> Conflict:
    """Another valid key has the name, or any key the id."""
    return Conflict(
        f"API key {key.name!r} was not stored: a valid key has that name already, or its id {key.id!r}; revoke that "
        "one first, or give another name"
    )


def second_alert(alert: Alert, standing: str) -> Conflict:
    """Another unresolved alert holds the dedup key."""
    return Conflict(
        f"alert {alert.id!r} was not stored: {standing} with dedup key {alert.dedup_key!r} is not yet resolved; "
        "update that one, or resolve it first"
    )


def refuse_second(changed: Sequence[Alert], holders: dict[str, str]) -> None:
    """Let alerts pass of which none, saved after those before it, stands beside another of its key.

    Args:
        changed: what is to be saved, in order.
        holders: by dedup key the id of the alert that is not resolved; kept up with what is saved.

    Raises:
        Conflict: one would.
    """
    for alert in changed:
        holder = holders.get(alert.dedup_key, alert.id)
        if alert.state == "resolved":
            if holder == alert.id:
                holders.pop(alert.dedup_key, None)
        elif holder != alert.id:
            raise second_alert(alert, repr(holder))
        else:
            holders[alert.dedup_key] = alert.id


def changed_alert(alert: Alert) -> Conflict:
    """Somebody else changed the alert meanwhile."""
    return Conflict(f"alert {alert.id!r} was changed by somebody else since it was read: read it again")


def second_decision(decision: PromotionDecision) -> Conflict:
    """Another decision has the id."""
    return Conflict(f"decision {decision.id!r} exists with other contents: decisions never change, give a new id")


def second_use(use: HoldoutUse) -> Conflict:
    """Another use of held-out rows has the id."""
    return Conflict(f"holdout use {use.id!r} exists with other contents: uses never change, give a new id")


def taken_version(candidate: Candidate) -> Conflict:
    """The version exists."""
    return Conflict(
        f"version {candidate.version} of model {candidate.model!r} exists: ask next_version for a free number"
    )


def check_crown(champion: Champion, candidate: Candidate) -> None:
    """Let a champion pass whose hash is the one stored for its version.

    Raises:
        Conflict: it has another.
    """
    if champion.sha256 != candidate.sha256:
        raise Conflict(
            f"version {champion.version} of model {champion.model!r} has the hash {candidate.sha256}, not "
            f"{champion.sha256}: crown it with its own"
        )
