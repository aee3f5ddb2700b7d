"""Builds `.venv` from the lock files; at once when nothing has changed.

    python -m infra.setup.environment [--torch cpu|cuda|cu128|…]

It runs on the system's Python before anything is installed, so it uses the standard library alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.setup.step import StepFailed, run_step
from infra.setup.torch_choice import decide_torch

OLDEST, NEWEST = (3, 11), (3, 12)
REQUIREMENTS = Path("infra/requirements")
INPUTS = (
    "pyproject.toml",
    "infra/requirements/develop.txt",
    "infra/requirements/torch.txt",
    "infra/requirements/tools.txt",
)


def main(arguments: list[str] | None = None) -> int:
    """Set up the working directory's `.venv`; the exit status."""
    if problem := python_problem(sys.version_info[:2]):
        print(problem, file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", default="", help="cpu, cuda (follows the driver), or cu128 and the like")
    asked = parser.parse_args(arguments).torch
    root = Path.cwd()
    stamp = root / ".venv" / "keepsharp-setup"
    before = stamp.read_text(encoding="ascii") if stamp.is_file() else ""
    had = before.split(" ")[0]
    wanted = asked or had or "cpu"
    now = f"{wanted} {fingerprint(root)}"
    if before == now:
        return 0
    stamp.unlink(missing_ok=True)
    try:
        _build(root, wanted, afresh=had not in ("", wanted))  # the old torch's packages would stay
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    stamp.write_text(now, encoding="ascii")
    return 0


def python_problem(version: tuple[int, ...]) -> str | None:
    """What is wrong with this Python version, and what to do; None when it will do."""
    if OLDEST <= version <= NEWEST:
        return None
    ours = " or ".join(f"{major}.{minor}" for major, minor in (OLDEST, NEWEST))
    found = ".".join(str(part) for part in version)
    return f"setup: keepsharp needs Python {ours}, this is {found}: install one and name it, make setup PYTHON=PATH"


def fingerprint(root: Path) -> str:
    """SHA-256 over all that decides what `.venv` holds."""
    digest = hashlib.sha256(f"{platform.python_version()} {root}".encode())
    for name in INPUTS:
        digest.update(name.encode() + b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def _build(root: Path, wanted: str, *, afresh: bool) -> None:
    venv, log = root / ".venv", root / "build" / "setup.log"
    python = str(venv / "bin" / "python")
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"")
    if afresh or not _is_this_python(python):
        run_step("making .venv", [sys.executable, "-m", "venv", "--clear", str(venv)], log)
    elif not _succeeds(python, "-m", "pip", "--version"):
        run_step("adding pip to .venv", [python, "-m", "ensurepip"], log)
    run_step("getting the installers", [python, "-m", "pip", "install", "-r", str(REQUIREMENTS / "tools.txt")], log)
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    install_torch(python, uv, wanted, log)
    locked = ["--require-hashes", "-r", str(REQUIREMENTS / "develop.txt")]
    run_step("downloading and installing the locked packages", [*uv, *locked], log)
    run_step("installing keepsharp", [*uv, "--no-deps", "--no-build-isolation", "-e", "."], log)


def install_torch(python: str, uv: list[str], wanted: str, log: Path) -> None:
    """Install the pinned torch (`cpu`, `cuda`, `cu128`…) into the environment of `python`, which needs pip.

    Raises:
        StepFailed: that build could not be had.
    """
    requirement = (REQUIREMENTS / "torch.txt").read_text(encoding="ascii").strip()
    report = _pip_report(python, requirement) if wanted == "cpu" else {}
    source = decide_torch(requirement, wanted=wanted, platform=sys.platform, report=report)
    installer = uv if source.installer == "uv" else [python, "-m", "pip", "install"]
    try:
        run_step(f"downloading and installing {requirement} ({source.reason})", [*installer, *source.arguments], log)
    except StepFailed as error:
        raise StepFailed(
            f"{error}\nsetup: no {wanted} build of {requirement} could be had. Install one into .venv by hand, "
            "with .venv/bin/python -m pip, or offer it to pip by PIP_FIND_LINKS=FOLDER, and run make setup again."
        ) from error


def _pip_report(python: str, requirement: str) -> dict[str, Any]:
    """What pip would install for the requirement, without its dependencies and without installing it."""
    flags = ["--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report", "-"]
    done = subprocess.run(
        [python, "-m", "pip", "install", *flags, requirement], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StepFailed(f"setup: pip finds no {requirement}. It said:\n{done.stderr.strip()}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _is_this_python(python: str) -> bool:
    return _succeeds(python, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})")


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
