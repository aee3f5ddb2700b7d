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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.monitoring.parts import Asked, Found, Part, say, table_of
from benchmarks.scale.growth import Curve
from benchmarks.serving.environments import REQUIREMENTS, install
from infra.domain.errors import Unavailable
from infra.telemetry import switch_off_telemetry

Draw = Callable[[Sequence[Curve], Path], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """What a benchmark is held against and keepsharp does not bring along, and where it is installed on request."""

    names: tuple[str, ...]
    folder: Path


def main(
    name: str,
    parts: Mapping[str, Part],
    *,
    packages: Sequence[str],
    about: str,
    peers: Peers | None = None,
    draw: Draw | None = None,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run `python -m benchmarks.NAME` with these parts; the exit status. `packages` are named with their versions.

    `draw` draws what the parts found into a file, where one is asked for.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser(name, parts, about, peers, draw).parse_args(words)
    if unknown := set(asked.parts) - set(parts):
        say(f"--parts names {', '.join(sorted(unknown))}: choose from {', '.join(parts)}")
        return 2
    switch_off_telemetry()
    if peers is not None and asked.install_peers:
        _install(peers.names, asked.peers)
    found = {}
    for part, run in parts.items():
        if part in asked.parts:
            say(f"running {part}")
            found[part] = run(Asked(quick=asked.quick, seed=asked.seed, peers=asked.peers))
    report = report_of(name, " ".join([f"python -m benchmarks.{name}", *words]), found, packages)
    if asked.markdown:
        asked.markdown.write_text(report, encoding="utf-8")
    if draw is not None and asked.plot:
        draw([curve for one in found.values() for curve in one.curves], asked.plot)
    figures = [figure for one in found.values() for figure in one.figures]
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")
    return 1 if any(figure.holds is False for figure in figures) else 0


def _install(names: Sequence[str], folder: Path) -> None:
    """Those that cannot be installed are told of, and not run."""
    for peer in names:
        say(f"installing {REQUIREMENTS[peer]} into {folder / peer}")
        try:
            install(peer, folder)
        except Unavailable as error:
            say(f"  {error}")


def report_of(name: str, command: str, found: Mapping[str, Found], packages: Sequence[str]) -> str:
    """The dated section that the lab keeps."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d}: {name}",
        "",
        f"    {command}",
        "",
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}. "
        "Everything that is drawn is seeded.",
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


def _parser(
    name: str, parts: Mapping[str, Part], about: str, peers: Peers | None, draw: Draw | None
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer repeats")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(parts), metavar="A,B", help="only these"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn; default 1")
    parser.set_defaults(peers=Path())
    if draw is not None:
        parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the costs there, as SVG")
    if peers is not None:
        said = f"install {' and '.join(peers.names)} first, each in an environment of its own"
        parser.add_argument("--install-peers", action="store_true", help=said)
        parser.add_argument(
            "--peers", type=Path, default=peers.folder, metavar="DIR", help="where those environments are"
        )
    return parser
