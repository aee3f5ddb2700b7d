"""Chromium for the dashboard's browser tests, fetched where this machine gives it without a question and soon.

It never fails what calls it: without a browser those tests are skipped, loudly. Standard library alone.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
DOWNLOADED = "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome"
"""Where Playwright puts its own."""
FETCH_SECONDS, UNPACK_SECONDS, DOWNLOAD_SECONDS = 60, 90, 90
Run = Callable[[Sequence[str], int], bool]


@dataclass(frozen=True)
class Way:
    """Commands that bring a browser one after another, each with the seconds it may take."""

    title: str
    steps: Sequence[tuple[Sequence[str], int]]


def find_browser() -> str | None:
    """Where a Chromium lies that starts here; None where there is none."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    found += sorted(glob.glob(str(Path(DOWNLOADED).expanduser())), reverse=True)
    return next((path for path in found if os.access(path, os.X_OK) and _starts(path)), None)


@lru_cache
def _starts(path: str) -> bool:
    """Whether it runs at all: one that was only downloaded may lack libraries of the system."""
    try:
        done = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def ensure_browser(log: Path) -> None:
    """Get one unless there is one; say what came of it. It raises nothing."""
    if find_browser() is not None:
        return
    began = time.monotonic()

    def run(command: Sequence[str], seconds: int) -> bool:
        return _succeeds(command, seconds, log)

    try:
        log.parent.mkdir(exist_ok=True)
        ways = ways_here(run)
        soon = (way for way in ways if time.monotonic() - began < FETCH_SECONDS)  # no second way after a slow first
        got = next((way.title for way in soon if fetched(way, run)), None)
        tried = " or ".join(way.title for way in ways) or "anything: only root, or sudo that asks nothing, may install"
    except OSError as error:
        got, tried = None, f"anything: {error}"
    took = f"{time.monotonic() - began:.0f} s"
    if got is not None:
        print(f"browser  ok  {took}: Chromium by {got}", flush=True)
        return
    print(
        f"browser  NONE  {took}: no Chromium by {tried}. THE DASHBOARD'S BROWSER TESTS WILL BE SKIPPED: "
        f"install it (Debian: apt-get install chromium) and run them again. What was said: {log}",
        file=sys.stderr,
        flush=True,
    )


def ways_here(run: Run) -> list[Way]:
    """The ways that may work on this machine, the lightest first."""
    ways = []
    if shutil.which("apt-get") and _is_debian():
        before = [] if os.geteuid() == 0 else ["sudo", "-n"]
        if not before or (shutil.which("sudo") and run(["sudo", "-n", "true"], 5)):
            ways.append(apt(before))
    if Path(sys.executable).with_name("playwright").exists():
        ways.append(Way("Playwright", [(_playwright(), DOWNLOAD_SECONDS)]))
    return ways


def apt(before: Sequence[str]) -> Way:
    """By the system's packages: fetched within a minute or not at all, and only then unpacked."""
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=5"]
    install = [*quiet, "install", "--no-install-recommends", "chromium"]

    def within(seconds: int, command: Sequence[str]) -> Sequence[str]:
        return [*before, "timeout", str(seconds), *command]  # by root, who alone may end what root began

    return Way(
        "apt-get",
        [
            (within(FETCH_SECONDS // 2, [*quiet, "update"]), FETCH_SECONDS),
            (within(FETCH_SECONDS // 2, [*install, "--download-only"]), FETCH_SECONDS),
            (within(UNPACK_SECONDS, [*install, "--no-download"]), 2 * UNPACK_SECONDS),
        ],
    )


def fetched(way: Way, run: Run) -> bool:
    """Whether all its steps succeeded and a browser starts."""
    return all(run(command, seconds) for command, seconds in way.steps) and find_browser() is not None


def _playwright() -> list[str]:
    return [str(Path(sys.executable).with_name("playwright")), "install", "--no-shell", "chromium"]


def _is_debian() -> bool:
    """Elsewhere the package of that name is a placeholder for something that asks."""
    try:
        return "ID=debian" in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def _succeeds(command: Sequence[str], seconds: int, log: Path) -> bool:
    with log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        output.flush()
        environment = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=seconds,
                check=False,
                env=environment,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            output.write(f"{error}\n".encode())
            return False
    return done.returncode == 0
