"""kill -9 at random steps: does each training, gone on with by a new process, end in the same weights?"""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from benchmarks.training.surroundings import one_thread_environment
from benchmarks.training.victim import STEPS
from infra.domain.errors import Unavailable

KILLS, QUICK_KILLS = 20, 1
AT_ONCE = 2
"""Trainings that run beside each other: no time is measured here."""


def run(asked: Asked) -> Found:
    """Kill one training after another at a random step, resume it, and compare hashes with one left alone."""
    kills = QUICK_KILLS if asked.quick else KILLS
    steps = np.sort(np.random.default_rng(asked.seed).choice(STEPS, size=kills, replace=False) + 1).tolist()
    rows, same, resumed = [], 0, 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        alone = pool.submit(sha256_of_training, None)
        after = list(pool.map(sha256_after_kill, steps))
    whole = alone.result()
    for step, (found, had_checkpoint) in zip(steps, after, strict=True):
        say(f"  killed before step {step} of {STEPS}: {'the same' if found == whole else 'OTHER WEIGHTS'}")
        same, resumed = same + (found == whole), resumed + had_checkpoint
        rows.append((str(step), "yes" if had_checkpoint else "no", "yes" if found == whole else "**no**"))
    figures = (
        Figure(name=f"identical results after {kills} kills", value=float(same), unit="kills", sign=">=", bound=kills),
    )
    note = f"Weights left alone: SHA-256 `{whole[0][:16]}…`. {resumed} of {kills} found a checkpoint to go on from."
    table = table_of(("killed before step", "found a checkpoint", "same weights and config"), rows)
    return Found(figures=figures, table=f"{table}\n\n{note}")


def sha256_of_training(step: int | None, folder: Path | None = None) -> tuple[str, str]:
    """(weights, config) of a training that a new process carries to its end. Raises Unavailable when it fails."""
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            return sha256_of_training(step, Path(name))
    done = _process(folder, step or 0)
    if done.returncode != 0:
        raise Unavailable(f"the training ended with status {done.returncode}: {done.stderr[-400:]}")
    names = ("weights.safetensors", "config.json")
    weights, config = (hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names)
    return weights, config


def sha256_after_kill(step: int) -> tuple[tuple[str, str], bool]:
    """Hashes of a training that was killed before `step` and gone on with; whether the kill left a checkpoint."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        killed = _process(folder, step)
        if killed.returncode != -signal.SIGKILL:
            raise Unavailable(f"the training was not killed: status {killed.returncode}: {killed.stderr[-400:]}")
        left = (folder / "checkpoint" / "checkpoint.safetensors").exists()
        return sha256_of_training(None, folder), left


def _process(folder: Path, step: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.training.victim", str(folder), str(step)],
        cwd=ROOT,
        env=one_thread_environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
