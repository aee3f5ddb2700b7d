"""Rounds kept on disk, so that a run of hours goes on where it was stopped and several may share the work.

A kept round is of the code that played it: after a change, give another folder.
"""

from __future__ import annotations

import pickle
from dataclasses import fields
from pathlib import Path

from benchmarks.policies.rounds import Round
from benchmarks.policies.streams import Source


def keep_round(folder: Path, found: Round) -> None:
    """Write it down, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {one.name: getattr(found, one.name) for one in fields(found) if one.name != "source"}
    unfinished = folder / f"{_name(found.source, found.seed)}.unfinished"
    unfinished.write_bytes(pickle.dumps(told))
    unfinished.replace(folder / _name(found.source, found.seed))


def kept_round(folder: Path, source: Source, seed: int) -> Round | None:
    """The round of this stream and seed, if it was played before."""
    path = folder / _name(source, seed)
    if not path.exists():
        return None
    return Round(source=source, **pickle.loads(path.read_bytes()))  # noqa: S301  # our own file


def _name(source: Source, seed: int) -> str:
    return f"{source.name}-{seed}.round"
