"""Run the parts of a benchmark that were asked for, and say what they found: Markdown, JSON, and an exit status.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error. The
status is 1 when a target was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, Part, say, table_of
from infra.telemetry import switch_off_telemetry


def main(
    name: str, parts: Mapping[str, Part], *, packages: Sequence[str], about: str, arguments: Sequence[str] | None = None
) -> int:
    """Run `python -m benchmarks.NAME` with these parts; the exit status. `packages` are named with their versions."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser(name, parts, about).parse_args(words)
    if unknown := set(asked.parts) - set(parts):
        say(f"--parts names {', '.join(sorted(unknown))}: choose from {', '.join(parts)}")
        return 2
    switch_off_telemetry()
    found = {}
    for part, run in parts.items():
        if part in asked.parts:
            say(f"running {part}")
            found[part] = run(Asked(quick=asked.quick, seed=asked.seed, peers=Path()))
    report = report_of(name, " ".join([f"python -m benchmarks.{name}", *words]), found, packages)
    if asked.markdown:
        asked.markdown.write_text(report, encoding="utf-8")
    figures = [figure for one in found.values() for figure in one.figures]
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")
    return 1 if any(figure.holds is False for figure in figures) else 0


def report_of(name: str, command: str, found: Mapping[str, Found], packages: Sequence[str]) -> str:
    """The dated section that the lab keeps."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d}: {name}",
        "",
        f"    {command}",
        "",
        f"{os.cpu_count()} cores; Python {platform.python_version()}, {versions}. Everything that is drawn is seeded.",
    ]
    for part, one in found.items():
        rows = [
            (figure.name, _shown(figure.value), figure.unit, figure.target, _holds(figure.holds))
            for figure in one.figures
        ]
        lines += ["", f"### {part}", "", table_of(("figure", "found", "unit", "target", "holds"), rows)]
        lines += ["", one.table] if one.table else []
        lines += [f"\nNot run: {what}: {why}." for what, why in one.not_run.items()]
    return "\n".join([*lines, ""])


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"


def _holds(holds: bool | None) -> str:
    return {None: "", True: "yes", False: "**no**"}[holds]


def _parser(name: str, parts: Mapping[str, Part], about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer repeats")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(parts), metavar="A,B", help="only these"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn; default 1")
    return parser
