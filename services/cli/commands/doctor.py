"""`keepsharp doctor`: whether everything that keepsharp stands on is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from services.cli.home import Home, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.settings import Settings
    from services.cli.finding import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp doctor --json")(doctor)


def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check what keepsharp runs on, and what to do about it. Python, packages, SQLite, database, MLflow, spill,
    disk and torch get a line each.

    Exit code 1 when a check fails; warnings are no failures.
    """
    from services.cli.plain import plain

    settings = settings_at(home)
    found = _findings(settings)
    failed = sum(one.word == "fail" for one in found)
    warned = sum(one.word == "warn" for one in found)
    record = {
        "ok": failed == 0,
        "failed": failed,
        "warned": warned,
        "home": str(settings.home.resolve()),
        "checks": [plain(one) for one in found],
    }
    ending = f"{len(found)} checks, {failed} failed, {warned} warnings; home {settings.home.resolve()}"
    answer(record, "\n".join([*map(str, found), ending]), as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _findings(settings: Settings) -> list[Finding]:
    from services.cli import packages, surroundings

    installed = packages.installed_packages()
    return [
        surroundings.check_python(),
        packages.check_lock(packages.LOCK.read_text(encoding="utf-8"), installed),
        *packages.check_pairs(installed),
        packages.check_torch(installed, gpu=surroundings.has_nvidia_card()),
        surroundings.check_sqlite(),
        surroundings.check_database(settings),
        *surroundings.check_mlflow(settings),
        surroundings.check_spill(settings),
        surroundings.check_disk(settings.home),
        surroundings.check_browser(),
    ]
