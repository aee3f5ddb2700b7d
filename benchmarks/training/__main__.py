"""`python -m benchmarks.training`: a training beside its peers, kill -9, MLflow away, and whether influence is real.

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

from benchmarks.monitoring.parts import Asked, Found, Part, say, table_of
from benchmarks.serving.environments import install
from benchmarks.serving.system import ROOT
from benchmarks.training import away, curve, gpu, influence, kill, speed
from infra.domain.errors import Unavailable
from infra.telemetry import switch_off_telemetry

PARTS: dict[str, Part] = {
    "speed": speed.run,
    "kill": kill.run,
    "away": away.run,
    "curve": curve.run,
    "influence": influence.run,
    "gpu": gpu.run,
}
"""In the order in which they are run."""
_HOLDS = {True: "yes", False: "**no**", None: "unknown"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts that were asked for; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(words)
    if unknown := set(asked.parts) - set(PARTS):
        say(f"--parts names {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
        return 2
    switch_off_telemetry()
    for peer in speed.APART if asked.install_peers else ():
        say(f"installing {peer}")
        try:
            install(peer, asked.peers)
        except Unavailable as error:
            say(str(error))
    found = {}
    for name, run in PARTS.items():
        if name in asked.parts:
            say(f"running {name}")
            found[name] = run(Asked(quick=asked.quick, peers=asked.peers, seed=asked.seed))
    report = _render(" ".join(["python -m benchmarks.training", *words]), found)
    if asked.markdown:
        asked.markdown.write_text(report, encoding="utf-8")
    figures = [figure for one in found.values() for figure in one.figures]
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")
    return 1 if any(figure.holds is False for figure in figures) else 0


def _render(command: str, found: dict[str, Found]) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "mlflow", "scikit-learn"))
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    head = [f"## {datetime.now(UTC):%Y-%m-%d}: training", "", f"    {command}", ""]
    lines = [*head, f"{load}; Python {platform.python_version()}, {packages}; one thread."]
    for name, one in found.items():
        rows = [
            (
                figure.name,
                "unknown" if figure.value is None else f"{figure.value:.4g} {figure.unit}",
                figure.target,
                _HOLDS[figure.holds],
            )
            for figure in one.figures
        ]
        lines += ["", f"### {name}", "", table_of(("figure", "found", "target", "holds"), rows)]
        lines += ["", one.table] if one.table else []
        lines += [f"\nNot run: {what}: {why}." for what, why in one.not_run.items()]
    return "\n".join([*lines, ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer turns, kills and epochs, no peers")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(PARTS), metavar="A,B", help="only these"
    )
    parser.add_argument(
        "--install-peers", action="store_true", help="install skorch and Lightning, each in an environment of its own"
    )
    parser.add_argument(
        "--peers", type=Path, default=ROOT / "build" / "peers", metavar="DIR", help="where those environments are"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the steps at which trainings are killed; default 1")
    return parser


if __name__ == "__main__":
    sys.exit(main())
