"""How this process runs: as whom, with which switches for debugging, and what else may be loaded and reached."""

from __future__ import annotations

from collections.abc import Mapping

from infra.settings import Settings
from services.cli.finding import Finding

_SWITCHES = ("KEEPSHARP_DEBUG", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PREFECT_DEBUG_MODE", "FLASK_DEBUG")
_LEVELS = ("PREFECT_LOGGING_LEVEL", "PREFECT_SERVER_LOGGING_LEVEL", "MLFLOW_LOGGING_LEVEL")
_OFF = {"", "0", "false", "no", "off"}


def check_process(settings: Settings, environment: Mapping[str, str], user: int) -> list[Finding]:
    """`user`: the number of the user that runs this."""
    return [_check_debug(environment), _check_user(user), _check_modules(settings), _check_hosts(settings)]


def _check_debug(environment: Mapping[str, str]) -> Finding:
    on = [name for name in _SWITCHES if environment.get(name, "").lower() not in _OFF]
    on += [name for name in _LEVELS if environment.get(name, "").upper() == "DEBUG"]
    if on:
        advice = f"unset {' '.join(on)}: tracebacks and what passes through would be in the logs"
        return Finding(name="debugging", word="fail", text=f"{', '.join(on)} on", advice=advice)
    return Finding(name="debugging", word="ok", text="off")


def _check_user(user: int) -> Finding:
    if user == 0:
        advice = "run keepsharp as a user of its own: a hole in it would be a hole in the machine"
        return Finding(name="user", word="warn", text="root", advice=advice)
    return Finding(name="user", word="ok", text=f"number {user}, not root")


def _check_modules(settings: Settings) -> Finding:
    if not settings.allowed_modules:
        return Finding(name="code of others", word="ok", text="none: a model file may name no module")
    text = f"model files may run {', '.join(settings.allowed_modules)}"
    advice = "KEEPSHARP_ALLOWED_MODULES: make sure that nobody but you can change them"
    return Finding(name="code of others", word="warn", text=text, advice=advice)


def _check_hosts(settings: Settings) -> Finding:
    if not settings.allowed_hosts:
        return Finding(name="webhooks", word="ok", text="reach no private address")
    text = f"may reach {', '.join(settings.allowed_hosts)}, though private"
    advice = "KEEPSHARP_ALLOWED_HOSTS: keep it as short as it can be"
    return Finding(name="webhooks", word="warn", text=text, advice=advice)
