"""`keepsharp promote`, `reject` and `rollback`: a person chooses the version that serves, or one that never will."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, Model, ports_at, settings_at
from services.cli.output import Json, answer
from services.cli.person import person

if TYPE_CHECKING:
    from infra.crowning import Choice
    from infra.domain.decisions import PromotionDecision
    from infra.ports import Ports

Version = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The version that is to serve.")]
Rejected = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The version that is not to serve.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the decision.")]

Force = Annotated[bool, typer.Option("--force", help="Against the verdict: recorded, and told as an alert.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog='Example: keepsharp promote weather 2 --reason "checked by hand"')(promote)
    app.command(epilog='Example: keepsharp reject weather 3 --reason "its gains are of one supplier"')(reject)
    app.command(epilog="Example: keepsharp rollback weather")(rollback)


def promote(
    model: Model, version: Version, reason: Reason, force: Force = False, home: Home = None, as_json: Json = False
) -> None:
    """Let a version serve, on probation. The decision is recorded with your name and reason.

    One whose verdict failed a rule is refused, and promoted by --force alone: that is recorded, and an alert stands.
    """
    from infra.crowning import promote_by_hand
    from services.forcing import tell_forced

    ports = ports_of(model, home)
    decision = promote_by_hand(ports, model, version, choice_of(reason), force=force)
    tell_forced(ports, decision)
    _tell(ports, decision, as_json=as_json)


def reject(model: Model, version: Rejected, reason: Reason, home: Home = None, as_json: Json = False) -> None:
    """Let a candidate not serve, for a reason.

    It answers beside the champion no longer, and is promoted by force alone. The decision is
    recorded with your name and reason.
    """
    from infra.crowning import reject_by_hand
    from services.cli.plain import plain

    decision = reject_by_hand(ports_of(model, home), model, version, choice_of(reason))
    record = plain(decision)
    assert isinstance(record, dict)
    answer(record, f"{model}: version {version} is rejected. {decision.summary}", as_json=as_json)


def rollback(
    model: Model, reason: Reason = "asked for on the command line", home: Home = None, as_json: Json = False
) -> None:
    """Let the version before the present one serve again. The decision is recorded with your name."""
    from infra.crowning import roll_back_by_hand

    ports = ports_of(model, home)
    decision = roll_back_by_hand(ports, model, choice_of(reason))
    _tell(ports, decision, as_json=as_json)


def ports_of(model: str, home: Path | None) -> Ports:
    """The outside world; NotFound when it has no such model."""
    ports = ports_at(settings_at(home))
    ports.models.get(model)
    return ports


def choice_of(reason: str) -> Choice:
    """The person's choice, made now. Raises SpecError when it gives no reason."""
    from infra.crowning import Choice
    from services.cli.moments import wall_clock, wrong

    if not reason.strip():
        raise wrong("--reason", "is empty: say why, the decision is kept with it")
    return Choice(decision_id=uuid.uuid4().hex, reason=reason, actor=person(), at=wall_clock())


def _tell(ports: Ports, decision: PromotionDecision, *, as_json: bool) -> None:
    """Mirror the decision to the registry, which may be away, and say what was decided."""
    from services.cli.plain import plain

    ports.registry.alias_champion(decision.model, decision.version)
    before = f", after version {decision.previous_version}" if decision.previous_version else ""
    text = f"{decision.model}: version {decision.version} serves from now on{before}. {decision.summary}"
    record = plain(decision)
    assert isinstance(record, dict)
    answer(record, text, as_json=as_json)
