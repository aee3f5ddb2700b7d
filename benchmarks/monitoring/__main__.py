"""`python -m benchmarks.monitoring`: false alarms, delays and costs of monitoring, beside their targets.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.monitoring import alarm, drift_alarms, notices, speed
from benchmarks.monitoring.parts import Asked, Found, Part, say, table_of
from benchmarks.serving.environments import ALONE, REQUIREMENTS, install
from benchmarks.serving.system import ROOT
from infra.domain.errors import Unavailable
from infra.telemetry import switch_off_telemetry

PARTS: dict[str, Part] = {
    "drift-alarms": drift_alarms.run,
    "alarm": alarm.run,
    "notices": notices.run,
    "speed": speed.run,
}
"""In the order in which they are run."""
_HOLDS = {True: "yes", False: "**no**", None: ""}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that were asked for; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(words)
    if unknown := set(asked.parts) - set(PARTS):
        say(f"--parts names {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
        return 2
    switch_off_telemetry()
    if asked.install_peers:
        _install(asked.peers)
    found = {}
    for name, run in PARTS.items():
        if name in asked.parts:
            say(f"running {name}")
            found[name] = run(Asked(quick=asked.quick, peers=asked.peers, seed=asked.seed))
    report = _render(" ".join(["python -m benchmarks.monitoring", *words]), found)
    if asked.markdown:
        asked.markdown.write_text(report, encoding="utf-8")
    figures = [figure for one in found.values() for figure in one.figures]
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")
    return 1 if any(figure.holds is False for figure in figures) else 0


def _install(folder: Path) -> None:
    """Those that cannot be installed are told of, and not run."""
    for peer in ALONE:
        say(f"installing {REQUIREMENTS[peer]} into {folder / peer}")
        try:
            install(peer, folder)
        except Unavailable as error:
            say(f"  {error}")


def _render(command: str, found: dict[str, Found]) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pandas", "scipy", "evidently"))
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d}: monitoring",
        "",
        f"    {command}",
        "",
        f"{os.cpu_count()} cores; Python {platform.python_version()}, {packages}. Streams are simulated and seeded.",
    ]
    for name, one in found.items():
        rows = [
            (
                figure.name,
                "not measured" if figure.value is None else f"{figure.value:.4g}",
                figure.unit,
                figure.target,
                _HOLDS[figure.holds],
            )
            for figure in one.figures
        ]
        lines += ["", f"### {name}", "", table_of(("figure", "found", "unit", "target", "holds"), rows)]
        lines += ["", one.table] if one.table else []
        lines += [f"\nNot run: {what}: {why}." for what, why in one.not_run.items()]
    return "\n".join([*lines, ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer streams and smaller windows")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(PARTS), metavar="A,B", help="only these"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn; default 1")
    parser.add_argument("--install-peers", action="store_true", help="install NannyML and river first")
    parser.add_argument(
        "--peers", type=Path, default=ROOT / "benchmarks" / ".peers", metavar="DIR", help="where they are"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
