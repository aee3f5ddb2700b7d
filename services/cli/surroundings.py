"""What an installation stands on: SQLite, its database, MLflow, the disk. It looks, and changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import urllib.error
import urllib.request
from pathlib import Path

from infra.database import open_engine
from infra.domain.errors import KeepsharpError
from infra.migrating import revisions
from infra.secret_files import without_credentials
from infra.settings import Settings
from infra.setup.environment import python_problem
from infra.spill.overview import look_into
from infra.spool import Spool
from infra.sqlite import journal_mode, wal_is_safe
from services.cli.finding import Finding
from services.cli.home import database_file, is_empty

LITTLE_BYTES, TOO_LITTLE_BYTES = 2_000_000_000, 200_000_000
ANSWER_SECONDS = 5.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Whether keepsharp runs on this Python."""
    problem = python_problem(version[:2])
    said = ".".join(map(str, version))
    if problem:
        return Finding(name="Python", word="fail", text=said, advice=problem.removeprefix("setup: "))
    return Finding(name="Python", word="ok", text=said)


def check_sqlite(version: str = sqlite3.sqlite_version) -> Finding:
    """Which journal keeps commits safe on this SQLite, and why."""
    mode = journal_mode(version)
    why = (
        "this version is free of the WAL-reset corruption"
        if wal_is_safe(version)
        else "before 3.51.3 a WAL can corrupt the file, so a truncated journal is used: slower, and safe"
    )
    return Finding(name="SQLite", word="ok", text=f"{version}, journal {mode}: {why}")


def check_database(settings: Settings) -> Finding:
    """Whether the database answers, and stands at the newest tables."""
    name = "database"
    if is_empty(settings):
        return Finding(name=name, word="ok", text=f"{database_file(settings)} is not there yet; the first use makes it")
    try:
        engine = open_engine(settings.database)
        try:
            current, newest = revisions(engine)
        finally:
            engine.dispose()
    except KeepsharpError as error:
        return Finding(name=name, word="fail", text=str(error))
    where = engine.url.render_as_string(hide_password=True)
    if current != newest:
        text = f"{where} is at revision {current or 'none'}, the newest is {newest}"
        return Finding(name=name, word="warn", text=text, advice="the next command brings it up to date")
    return Finding(name=name, word="ok", text=f"{where} answers, at revision {current}")


def check_mlflow(settings: Settings) -> list[Finding]:
    """Whether MLflow answers, and what waits to be told to it."""
    uri = settings.mlflow
    found = [_mlflow_server(uri) if uri.startswith("http") else _mlflow_file(uri)]
    spool = Spool(settings.home.resolve() / "spool")
    waiting, rejected = len(spool.waiting()), spool.rejected()
    if waiting:
        advice = "they are sent, in order, with the next training that finds MLflow"
        found.append(Finding(name="MLflow's line", word="warn", text=f"{waiting} operations wait", advice=advice))
    if rejected:
        text, advice = f"MLflow refused {len(rejected)} operations for good", f"read why in {rejected[0].parent}"
        found.append(Finding(name="MLflow's line", word="warn", text=text, advice=advice))
    return found


def _mlflow_server(uri: str) -> Finding:
    advice = "start it, or correct KEEPSHARP_MLFLOW_URI; until then runs are kept here and sent later"
    uri = without_credentials(uri)
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=ANSWER_SECONDS):  # noqa: S310 - http(s) only
            return Finding(name="MLflow", word="ok", text=f"{uri} answers")
    except (urllib.error.URLError, OSError) as error:
        return Finding(name="MLflow", word="warn", text=f"{uri} does not answer ({error})", advice=advice)


def _mlflow_file(uri: str) -> Finding:
    path = Path(uri.removeprefix("sqlite:///"))
    if not uri.startswith("sqlite:///"):
        text, advice = f"{without_credentials(uri)} was not looked into", "MLflow itself says whether it answers"
        return Finding(name="MLflow", word="warn", text=text, advice=advice)
    if not path.exists():
        return Finding(name="MLflow", word="ok", text=f"{path} is not there yet; the first training makes it")
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("SELECT count(*) FROM experiments").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        advice = "restore it from a backup, or move it away: MLflow's copy is made anew"
        return Finding(name="MLflow", word="fail", text=f"{path} cannot be read ({error})", advice=advice)
    return Finding(name="MLflow", word="ok", text=f"{path} answers")


def check_disk(home: Path, free_bytes: int | None = None) -> Finding:
    """Whether the disk under `home` can be written and has room; `free_bytes` is measured when absent."""
    place = next(folder for folder in (home.resolve(), *home.resolve().parents) if folder.exists())
    if not os.access(place, os.W_OK):
        advice = "change its rights, or name another place by KEEPSHARP_HOME"
        return Finding(name="disk", word="fail", text=f"{place} cannot be written", advice=advice)
    free = shutil.disk_usage(place).free if free_bytes is None else free_bytes
    text = f"{free / 1e9:.1f} GB free under {place}"
    advice = f"make room, or name another place by KEEPSHARP_HOME; {LITTLE_BYTES / 1e9:g} GB are comfortable"
    if free < LITTLE_BYTES:
        return Finding(name="disk", word="fail" if free < TOO_LITTLE_BYTES else "warn", text=text, advice=advice)
    return Finding(name="disk", word="ok", text=text)


def check_spill(settings: Settings) -> Finding:
    """What waits on disk for the database, and what can only be looked at by a person."""
    name = "spill"
    try:
        found = look_into(settings.spill)
    except KeepsharpError as error:
        return Finding(name=name, word="fail", text=str(error))
    if found.refused or found.damaged:
        text = f"{found.refused} predictions were refused by the database, {found.damaged} files are damaged"
        return Finding(name=name, word="warn", text=text, advice=f"look into {settings.spill}, then move them away")
    if found.rows or found.bytes:
        text = f"{found.rows} predictions ({found.bytes / 1e6:.1f} MB) wait for the database"
        advice = "a running `keepsharp serve` stores them when it answers, the next one at its start"
        return Finding(name=name, word="warn", text=text, advice=advice)
    return Finding(name=name, word="ok", text="no prediction waits for the database")


def check_browser() -> Finding:
    """Chromium is wanted by the dashboard's own tests alone."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    text = found or "not found; optional, the dashboard's browser tests alone need it"
    return Finding(name="Chromium", word="ok", text=text)


def has_nvidia_card() -> bool:
    """Whether this machine has an NVIDIA card with its driver."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
