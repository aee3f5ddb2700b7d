"""`keepsharp status`: every model in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from services.cli.home import Home, is_empty, nothing_yet, ports_at, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.ports import Ports, RegisteredModel


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp status --json")(status)


def status(home: Home = None, as_json: Json = False) -> None:
    """Say of every model which version serves, and how it does. With why, its open alerts, and what its month cost."""
    settings = settings_at(home)
    if is_empty(settings):
        answer({"home": str(settings.home.resolve()), "models": []}, nothing_yet(settings), as_json=as_json)
        return
    ports = ports_at(settings)
    found = [_described(ports, model) for model in ports.models.all()]
    text = "\n".join(_line(one) for one in found) or "no model yet: `keepsharp train MODEL.yaml` begins"
    answer({"home": str(settings.home.resolve()), "models": found}, text, as_json=as_json)


def _described(ports: Ports, model: RegisteredModel) -> dict[str, object]:
    from infra.spec.registered import spec_as_registered
    from monitoring.health import health_of
    from services.accounts.months import latest_month
    from services.cli.plain import plain

    champion = ports.versions.champion(model.name)
    alerts, window = ports.alerts.unresolved(model.name), ports.windows.last(model.name)
    health = health_of(alerts, window)
    return {
        "name": model.name,
        "version": champion.version if champion else None,
        "since": plain(champion.since) if champion else None,
        "health": health.word,
        "why": health.why,
        "predictions": ports.predictions.last_seq(model.name),
        "window": plain(window),
        "alerts": len(alerts),
        "cost": plain(latest_month(ports, spec_as_registered(model.spec_yaml, model.name))),
    }


def _line(one: dict[str, object]) -> str:
    from infra.display.wording import money

    version = f"version {one['version']}" if one["version"] else "no champion yet"
    parts = [f"{one['name']}: {version}", f"{one['health']}", str(one["why"])]
    window, cost = one["window"], one["cost"]
    if isinstance(window, dict):
        parts.append(f"last window {window['index']} to {str(window['end'])[:16].replace('T', ' ')}")
    parts.append(f"{one['alerts']} alert{'s' * (one['alerts'] != 1)}")
    if isinstance(cost, dict):
        parts.append(f"{money(float(cost['spent']), str(cost['currency']))} in {cost['name']}")
    return " · ".join(parts)
