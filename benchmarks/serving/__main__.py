"""`python -m benchmarks.serving`: keepsharp beside its peers under the same load, and whether it reaches its targets.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a round was invalid, so that a figure cannot be trusted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.serving.environments import REQUIREMENTS, install
from benchmarks.serving.figures import MANY_C16, ONE_C16, ONE_C64, Figure, judge
from benchmarks.serving.load import find_wrk
from benchmarks.serving.network import make_bundle, write_for_peers
from benchmarks.serving.report import Row, render
from benchmarks.serving.results import Cell, Measurement, Results
from benchmarks.serving.rounds import Load, run_rounds
from benchmarks.serving.system import CONCURRENCIES, ROOT, SIZES, Running, System, prove, started
from benchmarks.serving.systems import all_systems
from infra.domain.errors import KeepsharpError, Unavailable
from infra.telemetry import switch_off_telemetry

ALL_CELLS = [Cell(rows=rows, concurrency=concurrency) for rows in SIZES for concurrency in CONCURRENCIES]
OWN_IDS = Cell(rows=1, concurrency=64, ids=True)
QUICK_CELLS = [ONE_C64, ONE_C16, MANY_C16]
QUICK_SYSTEMS = ("constant", "keepsharp")
SHADOW_PAIRS = 6
"""Further pairs of rounds with and without shadows: their target is closer than the noise of three."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(words, argparse.Namespace(said=words))
    switch_off_telemetry()
    os.environ.pop("KEEPSHARP_HOME", None)
    try:
        return _run(asked)
    except KeepsharpError as error:
        print(error, file=sys.stderr)
        return 1


def _run(asked: argparse.Namespace) -> int:
    wrk = find_wrk()
    not_run: dict[str, str] = {}
    systems = _chosen(asked)
    if asked.install_peers:
        not_run |= _install(systems, asked.peers)
    (ROOT / "build").mkdir(
        exist_ok=True
    )  # not the folder for temporary files: that may be memory, where a sync is free
    with tempfile.TemporaryDirectory(prefix="serving-", dir=ROOT / "build") as name, ExitStack() as stack:
        running = _start_all(systems, Path(name), asked.peers, stack, not_run)
        load = Load(wrk=wrk, seconds=asked.seconds or (2 if asked.quick else 5), folder=Path(name), say=_say)
        results = Results(_measure(running, load, asked))
        peaks = {one.system.key: one.peak_bytes for one in running}
    figures = judge(results, peaks)
    rows = [
        Row(key=one.system.key, title=one.system.title, stores=one.system.stores, peak_bytes=one.peak_bytes)
        for one in running
    ]
    _publish(asked, figures, render(_heading(load, asked), rows, results, figures, not_run))
    return 1 if results.problems else 0


def _measure(running: Sequence[Running], load: Load, asked: argparse.Namespace) -> Iterator[Measurement]:
    repeats = asked.repeats or (1 if asked.quick else 3)
    cells = QUICK_CELLS if asked.quick else [*ALL_CELLS, OWN_IDS]
    yield from run_rounds(running, cells, range(repeats), load)
    pair = [one for one in running if one.system.key in ("keepsharp", "keepsharp-shadows")]
    if len(pair) > 1:
        yield from run_rounds(pair, [ONE_C16], range(repeats, repeats + SHADOW_PAIRS), load)


def _start_all(
    systems: Sequence[System], folder: Path, peers: Path, stack: ExitStack, not_run: dict[str, str]
) -> list[Running]:
    """All systems that can be run, each proved and paused; the others go to `not_run` with the reason."""
    bundle = make_bundle(seed=1)
    weights = write_for_peers(bundle, folder)
    starting: list[tuple[Running, ExitStack]] = []
    for system in systems:
        _say(f"starting {system.title}")
        own = stack.enter_context(ExitStack())
        try:
            starting.append((own.enter_context(started(system, folder / system.key, peers, weights, bundle)), own))
        except Unavailable as error:
            not_run.setdefault(system.title, str(error))
    running: list[Running] = []
    for one, own in starting:
        try:
            prove(one, folder / one.system.key, bundle)
        except Unavailable as error:
            not_run[one.system.title] = str(error)
            own.close()
        else:
            one.pause()
            running.append(one)
    for title, reason in not_run.items():
        _say(f"{title}: not run: {reason}")
    return running


def _install(systems: Sequence[System], folder: Path) -> dict[str, str]:
    """Install the chosen peers that need it; those that cannot be, with the reason."""
    failed = {}
    for system in systems:
        if system.key in REQUIREMENTS:
            _say(f"installing {REQUIREMENTS[system.key]} into {folder / system.key}")
            try:
                install(system.key, folder)
            except Unavailable as error:
                failed[system.title] = str(error)
    return failed


def _chosen(asked: argparse.Namespace) -> list[System]:
    systems = all_systems(asked.postgres)
    names = asked.systems or (QUICK_SYSTEMS if asked.quick else [system.key for system in systems])
    if unknown := set(names) - {system.key for system in systems}:
        known = ", ".join(system.key for system in systems)
        raise Unavailable(f"--systems names {', '.join(sorted(unknown))}: choose from {known}")
    return [system for system in systems if system.key in names]


def _publish(asked: argparse.Namespace, figures: Sequence[Figure], report: str) -> None:
    if asked.markdown:
        asked.markdown.write_text(report, encoding="utf-8")
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")


def _heading(load: Load, asked: argparse.Namespace) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "uvicorn", "fastapi", "sqlalchemy", "mlflow"))
    said = subprocess.run([load.wrk, "-v"], capture_output=True, text=True, check=False).stdout.split()
    command = " ".join(["python -m benchmarks.serving", *asked.said])
    return [
        f"## {datetime.now(UTC):%Y-%m-%d}: serving beside its peers",
        "",
        f"    {command}",
        "",
        f"{os.cpu_count()} cores, shared with {' '.join(said[:2])}; Python {platform.python_version()}, {packages}. "
        f"One network (20 numbers, 64, 64, 3 classes), one process each, rounds of {load.seconds} s in turns, "
        "medians, ratios within a turn; a system is stopped while another is asked. Memory is the "
        "highest sum over a server's processes; PostgreSQL's own are not counted.",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="under a minute: keepsharp and the constant, one short repeat"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--systems", type=lambda text: text.split(","), metavar="A,B", help="only these")
    parser.add_argument("--seconds", type=int, help="length of a round; default 5")
    parser.add_argument("--repeats", type=int, help="rounds of each kind; default 3")
    parser.add_argument(
        "--install-peers", action="store_true", help="install BentoML, LitServe, MLServer and Ray Serve first"
    )
    parser.add_argument(
        "--peers", type=Path, default=ROOT / "benchmarks" / ".peers", metavar="DIR", help="where they are"
    )
    parser.add_argument("--postgres", metavar="URL", help="an empty database to use; default: a server of our own")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
