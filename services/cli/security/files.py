"""Who else on this machine can read or change what keepsharp keeps. It looks at modes, and opens nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from infra.secret_files import SECRETS
from infra.settings import Settings
from services.cli.finding import Finding

_OF_CONTAINERS = "/run/secrets/"
"""Docker and Kubernetes put secrets there, in a file system that one container alone sees."""
_CREDENTIALS = ("PASSWORD", "SECRET", "TOKEN", "AUTH_STRING", "DATABASE_URL")


def check_files(settings: Settings, environment: Mapping[str, str], folder: Path) -> list[Finding]:
    """The home and what is secret in it, files that variables name, and a `.env` in `folder`."""
    return [_check_home(settings), *_check_own(settings), *_check_named(environment), *_check_dotenv(folder)]


def _check_home(settings: Settings) -> Finding:
    name, home = "home", settings.home.resolve()
    if not home.exists():
        return Finding(name=name, word="ok", text=f"{home} is not there yet")
    mode = stat.S_IMODE(home.stat().st_mode)
    text = f"{home} has the mode {mode:04o}"
    if mode & 0o022:
        advice = f"others can change what is kept: chmod -R go-rwx {home}"
        return Finding(name=name, word="fail", text=text, advice=advice)
    if mode & 0o005:
        advice = f"everybody here can read predictions and labels: chmod go-rwx {home}"
        return Finding(name=name, word="warn", text=text, advice=advice)
    return Finding(name=name, word="ok", text=text)


def _check_own(settings: Settings) -> list[Finding]:
    """Files of the home: the signing secret always, databases where others can get at them."""
    home, found = settings.home.resolve(), []
    signing = home / "signing.secret"
    if signing.exists():
        closed = not stat.S_IMODE(signing.stat().st_mode) & 0o077
        advice = f"whoever reads it can sign in as anybody: remove {signing}, and a new one is made for you alone"
        text = "for its owner alone" if closed else f"{signing} can be read by others"
        found.append(
            Finding(name="signing secret", word="ok" if closed else "fail", text=text, advice="" if closed else advice)
        )
    for file in sorted(home.glob("*.db")):
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o002 or (mode & 0o004 and _can_be_reached(file)):
            word = "can change" if mode & 0o002 else "can read"
            text, advice = f"everybody here {word} {file}", f"chmod go-rwx {file}"
            found.append(Finding(name="database", word="fail" if mode & 0o002 else "warn", text=text, advice=advice))
    return found


def _check_named(environment: Mapping[str, str]) -> list[Finding]:
    """Secrets from files, and how many come from the environment."""
    found, closed = [], 0
    for variable in sorted(environment):
        if not variable.endswith("_FILE") or not _is_secret(variable):
            continue
        file = Path(environment[variable])
        if environment[variable].startswith(_OF_CONTAINERS) or not _can_be_reached(file):
            closed += 1
            continue
        text, advice = f"everybody here can read {file} ({variable})", f"chmod 0400 {file}"
        found.append(Finding(name="secrets", word="fail", text=text, advice=advice))
    return found or [Finding(name="secrets", word="ok", text=f"{closed} from files, none of them for everybody")]


def _is_secret(variable: str) -> bool:
    ours = {f"KEEPSHARP_{name.upper()}_FILE" for name in SECRETS}
    return variable in ours or any(word in variable for word in _CREDENTIALS)


def _check_dotenv(folder: Path) -> list[Finding]:
    file = folder / ".env"
    if not file.is_file() or not _can_be_reached(file):
        return []
    with file.open(encoding="utf-8", errors="replace") as lines:
        names = [line.partition("=")[0].strip() for line in lines if "=" in line]
    secret = [name for name in names if any(word in name for word in _CREDENTIALS)]
    if not secret:
        return []
    text = f"everybody here can read {', '.join(secret)} in {file.resolve()}"
    return [Finding(name=".env", word="fail", text=text, advice=f"chmod 0600 {file.resolve()}")]


def _can_be_reached(file: Path) -> bool:
    """Whether any user of this machine can read it: the file is for all, and so is every folder on the way."""
    path = Path(os.path.abspath(file))
    if not path.exists() or not path.stat().st_mode & stat.S_IROTH:
        return False
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
