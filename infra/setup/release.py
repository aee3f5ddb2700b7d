"""A release: wheel and sdist in `dist/`, and the wheel tried by the demo in an environment that holds nothing else.

    python -m infra.setup.release [--without-demo]

It publishes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

from infra.setup.environment import REQUIREMENTS, install_torch
from infra.setup.step import StepFailed, run_step


def main(arguments: list[str] | None = None) -> int:
    """Build, install, try; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without-demo", action="store_true", help="only build, install and ask for the version")
    without_demo = parser.parse_args(arguments).without_demo
    room = Path("build/release").resolve()
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        built = _build(Path("dist"), room / "release.log")
        _try(_installed(built, room), room, without_demo=without_demo)
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    for path in built:
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}")
    return 0


def _build(into: Path, log: Path) -> list[Path]:
    shutil.rmtree(into, ignore_errors=True)
    uv = [sys.executable, "-m", "uv", "build", "--no-build-isolation", "--python", sys.executable]
    run_step("building wheel and sdist", [*uv, "--out-dir", str(into)], log)
    return sorted(path for path in into.iterdir() if path.name.endswith((".whl", ".tar.gz")))


def _installed(built: list[Path], room: Path) -> Path:
    """The programs of an environment with the wheel, and what the lock names for it."""
    environment, log = room / "environment", room / "release.log"
    run_step("making an empty environment", [sys.executable, "-m", "venv", str(environment)], log)
    python = str(environment / "bin" / "python")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", python]
    install_torch(python, uv, "cpu", log)
    locked = ["--require-hashes", "-r", str(REQUIREMENTS / "runtime.txt")]
    run_step("installing what it runs on", [*uv, *locked], log)
    (wheel,) = (path for path in built if path.suffix == ".whl")
    run_step("installing the wheel", [*uv, "--no-deps", str(wheel)], log)
    return environment / "bin"


def _try(programs: Path, room: Path, *, without_demo: bool) -> None:
    keepsharp, log = str(programs / "keepsharp"), room / "release.log"
    run_step("asking it for its version", [keepsharp, "version"], log)
    if not without_demo:
        run_step("running the demo from the wheel", [keepsharp, "demo", "--home", str(room / "demo")], log)
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        print(said[-1])


if __name__ == "__main__":
    sys.exit(main())
