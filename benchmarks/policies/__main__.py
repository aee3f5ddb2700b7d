"""`python -m benchmarks.policies`: the default policy on streams, against fixed paces and an oracle, and its targets.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed. A stream of one's own: --history MODEL.yaml.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.monitoring.parts import say
from benchmarks.policies.figures import figures_of
from benchmarks.policies.keeping import keep_round, kept_round
from benchmarks.policies.report import render
from benchmarks.policies.rounds import Round, play_round
from benchmarks.policies.streams import SOURCES, Source, own_source

QUICK_WINDOWS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what was asked for; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    asked = _parser().parse_args(words)
    sources = _sources(asked)
    if sources is None:
        return 2
    torch.set_num_threads(1)
    rounds: list[Round] = []
    command = " ".join(["python -m benchmarks.policies", *words])
    seeds = range(1 if asked.quick else asked.seeds) if asked.only_seed is None else [asked.only_seed]
    for seed in seeds:
        for source in sources:
            rounds.append(_round(source, seed, asked))
            figures = figures_of(rounds)
            report = render(command, rounds, figures)
            if asked.markdown:  # after every round: a run of hours leaves what it found when it is stopped
                asked.markdown.write_text(report, encoding="utf-8")
    if asked.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures]}))
    elif not asked.markdown:
        print(report, end="")
    return 1 if any(figure.holds is False for figure in figures) else 0


def _round(source: Source, seed: int, asked: argparse.Namespace) -> Round:
    """Played now, or found in the folder of kept ones."""
    keep = None if asked.quick else asked.keep
    known = kept_round(keep, source, seed) if keep else None
    say(f"{source.name}, seed {seed}{' (kept)' if known else ''}")
    if known:
        return known
    found = play_round(source, source.stream(QUICK_WINDOWS * source.window if asked.quick else None), seed, asked.cache)
    if keep:
        keep_round(keep, found)
    return found


def _sources(asked: argparse.Namespace) -> list[Source] | None:
    """The streams, or None after saying what is wrong with the names."""
    if asked.history is not None:
        return [own_source(asked.history)]
    if asked.quick and asked.streams is None:
        asked.streams = ["noaa_weather", "made_recurring"]
    wanted = asked.streams or [one.name for one in SOURCES]
    if unknown := set(wanted) - {one.name for one in SOURCES}:
        say(f"--streams names {', '.join(sorted(unknown))}: choose from {', '.join(one.name for one in SOURCES)}")
        return None
    return [one for one in SOURCES if one.name in wanted]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policies", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: two streams, few windows, one seed")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    parser.add_argument("--seeds", type=int, default=5, choices=range(1, 101), metavar="N", help="default 5")
    parser.add_argument("--only-seed", type=int, metavar="K", help="this one alone")
    parser.add_argument("--streams", type=lambda text: text.split(","), metavar="A,B", help="only these")
    parser.add_argument("--history", type=Path, metavar="MODEL.yaml", help="a model file's own history instead")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep trained models there from run to run")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what was found there, and go on from it")
    return parser


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
