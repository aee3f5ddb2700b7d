"""`keepsharp version`."""

from __future__ import annotations

import platform

import typer

from services.cli.output import Json, answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: keepsharp version --json")(version)


def version(as_json: Json = False) -> None:
    """Say which version this is, and on what it runs."""
    value = {"keepsharp": _installed(), "python": platform.python_version(), "platform": platform.platform()}
    answer(value, f"{version_text()}, Python {value['python']}, {value['platform']}", as_json=as_json)


def version_text() -> str:
    """Name and version."""
    return f"keepsharp {_installed()}"


def _installed() -> str:
    from importlib import metadata

    try:
        return metadata.version("keepsharp")
    except metadata.PackageNotFoundError:
        return "unknown (not installed)"
