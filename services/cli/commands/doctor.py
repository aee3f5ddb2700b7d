"""`keepsharp doctor`: whether everything that keepsharp stands on is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.home import Home, settings_at
from services.cli.output import Json, answer

if TYPE_CHECKING:
    from infra.settings import Settings
    from services.cli.finding import Finding


Security = Annotated[
    bool, typer.Option("--security", help="Who could get in or read along, in place of what keepsharp runs on.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp doctor --json")(doctor)


def doctor(security: Security = False, home: Home = None, as_json: Json = False) -> None:
    """Check what keepsharp runs on, and what to do about it. Python, packages, SQLite, database, MLflow, spill,
    disk and torch get a line each; with --security addresses, keys, proxies, MLflow, Prefect, files and versions.

    Exit code 1 when a check fails; warnings are no failures.
    """
    from services.cli.plain import plain

    settings = settings_at(home)
    found = _security(settings) if security else _findings(settings)
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


def _security(settings: Settings) -> list[Finding]:
    import os
    from pathlib import Path

    from infra.domain.errors import KeepsharpError
    from services.cli import packages
    from services.cli.finding import Finding
    from services.cli.home import is_empty, ports_at
    from services.cli.moments import wall_clock
    from services.cli.security import admission, files, neighbours, process, versions

    try:
        keys = [] if is_empty(settings) else ports_at(settings).keys.all()
        of_keys = admission.check_keys(settings, keys, wall_clock())
    except KeepsharpError as error:
        advice = "make the database answer, and look again: whether there are keys is unknown"
        of_keys = [Finding(name="keys", word="fail", text=str(error), advice=advice)]
    return [
        admission.check_address(settings),
        *of_keys,
        admission.check_proxy(settings),
        *neighbours.check_neighbours(settings, os.environ),
        *files.check_files(settings, os.environ, Path.cwd()),
        *process.check_process(settings, os.environ, os.geteuid()),
        versions.check_floors(packages.installed_packages(), versions.FLOORS.read_text(encoding="utf-8")),
    ]
