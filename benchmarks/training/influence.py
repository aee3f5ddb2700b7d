"""Is the influence of training rows real? Retrain without the rows that pushed hardest, and see what is unlearnt.

A model is retrained on fresh rows of a public history. The rows that pushed hardest towards the truth of its old
mistakes (in rows that nothing was learnt from) are left out, the retraining is repeated, and the mistakes' mean loss
is compared with that after leaving out as many rows at random, once any rows and once rows of the same classes: leaving
out one class alone makes every row of it less likely, whoever pushed. Over trials that differ in rows and seed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from flows.rows.history_rows import examples_of
from flows.training.corrections.pushing import Layers, push
from flows.training.corrections.readings import Readings, read_rows
from flows.training.corrections.trajectory import Trajectory
from flows.training.examples import Examples
from flows.training.fitting import fit
from infra.history.history import read_history
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame
from infra.model.schema import ColumnKind
from infra.settings import Settings
from infra.spec import ModelSpec, read_spec

HISTORIES = {"electricity": "elec2.csv.gz", "weather": "noaa_weather.csv.gz"}
OLD, FRESH, STOP, JUDGED = 2_000, 1_500, 400, 600
LEFT_OUT = 0.1
"""Share of the training rows."""
TRIALS, QUICK_TRIALS, DRAWS = 16, 2, 3
LEAST_TRIALS = 8
"""Fewer say nothing of an interval."""
LAYERS: tuple[Layers, ...] = ("last_layer", "all_layers")
_GROUPS = ("hardest pushers", "hardest against", "at random", "at random, same classes")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Mean loss of the old mistakes after the whole retraining, and after it without each group of rows."""

    history: str
    layers: Layers
    whole: float
    without: dict[str, float]


def run(asked: Asked) -> Found:
    """Every history that is there, with the last layer and with all layers."""
    trials: list[Trial] = []
    missing: dict[str, str] = {}
    for name, file in HISTORIES.items():
        data = data_folder() / file
        if not data.exists():
            missing[name] = f"{file} is not in {data_folder().name}; KEEPSHARP_DATA_DIR says where it is"
            continue
        spec, rows, kinds = _history(name, data)
        for number in range(QUICK_TRIALS if asked.quick else TRIALS):
            trials += _try(name, spec, rows, kinds, asked.seed + number)
            say(f"{name}: trial {number + 1}")
    found = [(name, layers) for name in HISTORIES for layers in LAYERS if name not in missing]
    figures = [figure for name, layers in found for figure in _figures(name, layers, _of(trials, name, layers))]
    return Found(figures=tuple(figures), table=_table(trials), not_run=missing)


def data_folder() -> Path:
    """Where the public histories lie."""
    return Path(os.environ.get("KEEPSHARP_DATA_DIR", ROOT.parent / "shared" / "data"))


def rise(trials: Sequence[Trial], group: str, beside: str) -> tuple[float, float, float]:
    """How much more the loss rises without `group` than without `beside`: mean and 95 % interval (Student's t)."""
    values = np.array([trial.without[group] - trial.without[beside] for trial in trials])
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * error
    return mean, mean - half, mean + half


def _history(name: str, data: Path) -> tuple[ModelSpec, Examples, dict[str, ColumnKind]]:
    path = ROOT / "examples" / name / "model.yaml"
    spec = read_spec(path)
    history = read_history(spec, path.parent, settings=Settings(), data=data)
    return spec, examples_of(history), history.kinds


def _try(name: str, spec: ModelSpec, rows: Examples, kinds: dict[str, ColumnKind], seed: int) -> list[Trial]:
    """One stretch of the history, drawn by the seed: an old model, its retraining, and the retrainings without."""
    rng = np.random.default_rng(seed)
    sizes = (OLD, STOP, FRESH, STOP, JUDGED)
    ends = np.cumsum([rng.integers(0, len(rows) - sum(sizes)), *sizes]).tolist()
    old, old_stop, fresh, stop, judged = (rows.cut(start, end) for start, end in pairwise(ends))
    before = _train(spec, kinds, old, old_stop, None, seed, Trajectory())
    path = Trajectory()
    after = _train(spec, kinds, fresh, stop, before, seed, path)
    mistakes = judged.take(np.flatnonzero(_read(before, judged, kinds).wrong))
    if not len(mistakes) or not path.moments():
        return []  # nothing to correct, or nothing was learnt: the stretch says nothing of influence
    whole = float(_read(after, mistakes, kinds).loss.mean())
    trials = []
    for layers in LAYERS:
        groups = _groups(spec, after, path, fresh, mistakes, kinds, layers, rng)
        without = {
            group: float(
                np.mean(
                    [_loss_without(spec, kinds, fresh, stop, before, seed, mistakes, left_out) for left_out in draws]
                )
            )
            for group, draws in groups.items()
        }
        trials.append(Trial(history=name, layers=layers, whole=whole, without=without))
    return trials


def _groups(
    spec: ModelSpec,
    after: ModelBundle,
    path: Trajectory,
    fresh: Examples,
    mistakes: Examples,
    kinds: dict[str, ColumnKind],
    layers: Layers,
    rng: np.random.Generator,
) -> dict[str, list[npt.NDArray[np.int64]]]:
    """Places of the rows to leave out, by group; the random ones are drawn several times."""
    pushed = push(
        after,
        path,
        spec=spec,
        train=ReadFrame.read(fresh.frame, kinds),
        train_target=fresh.target,
        pushed=after.schema.encode(mistakes.frame),
        pushed_target=mistakes.target,
        layers=layers,
    )
    assert pushed.influence is not None
    order = pushed.places[np.argsort(-pushed.influence.sum(axis=1), kind="stable")]
    count = int(LEFT_OUT * len(pushed.places))
    hardest = order[:count]
    classes = np.array([str(value) for value in fresh.target])
    alike = [(classes == name, int((classes[hardest] == name).sum())) for name in sorted(set(classes))]
    return {
        "hardest pushers": [hardest],
        "hardest against": [order[::-1][:count]],
        "at random": [rng.choice(len(fresh), count, replace=False) for _ in range(DRAWS)],
        "at random, same classes": [
            np.concatenate([rng.choice(np.flatnonzero(here), size, replace=False) for here, size in alike])
            for _ in range(DRAWS)
        ],
    }


def _loss_without(
    spec: ModelSpec,
    kinds: dict[str, ColumnKind],
    fresh: Examples,
    stop: Examples,
    before: ModelBundle,
    seed: int,
    mistakes: Examples,
    left_out: npt.NDArray[np.int64],
) -> float:
    kept = fresh.take(np.setdiff1d(np.arange(len(fresh)), left_out))
    after = _train(spec, kinds, kept, stop, before, seed, Trajectory())
    return float(_read(after, mistakes, kinds).loss.mean())


def _train(
    spec: ModelSpec,
    kinds: dict[str, ColumnKind],
    train: Examples,
    stop: Examples,
    start: ModelBundle | None,
    seed: int,
    path: Trajectory,
) -> ModelBundle:
    fitted = fit(
        train.frame,
        train.target,
        stop.frame,
        stop.target,
        spec=spec,
        kinds=kinds,
        start=start,
        seed=seed,
        provenance={},
        observer=path,
    )
    return fitted.bundle


def _read(bundle: ModelBundle, rows: Examples, kinds: dict[str, ColumnKind]) -> Readings:
    return read_rows(bundle, ReadFrame.read(rows.frame, kinds), rows.target, None)


def _of(trials: Sequence[Trial], name: str, layers: Layers) -> list[Trial]:
    return [trial for trial in trials if (trial.history, trial.layers) == (name, layers)]


def _figures(name: str, layers: Layers, trials: Sequence[Trial]) -> list[Figure]:
    """The lower ends of the intervals of how much more is unlearnt than by chance; None of fewer than two trials."""
    said = f"influence, {name}, {layers.replace('_', ' ')}: rise of the mistakes' loss without the hardest pushers"
    return [
        Figure(
            name=f"{said}, beyond rows {beside}, lower end of 95 %",
            value=rise(trials, "hardest pushers", beside)[1] if len(trials) >= LEAST_TRIALS else None,
            unit="nats",
            sign=">=",
            bound=0.0,
        )
        for beside in _GROUPS[2:]
    ]


def _table(trials: Sequence[Trial]) -> str:
    """Mean losses, and the differences with their intervals."""
    rows = []
    for name in HISTORIES:
        for layers in LAYERS:
            some = _of(trials, name, layers)
            if len(some) < 2:
                continue
            losses = [float(np.mean([trial.without[group] for trial in some])) for group in _GROUPS]
            ends = [rise(some, "hardest pushers", beside) for beside in _GROUPS[2:]]
            ends.append(rise(some, "hardest against", "at random"))
            rows.append(
                (
                    name,
                    layers.replace("_", " "),
                    str(len(some)),
                    f"{np.mean([trial.whole for trial in some]):.3f}",
                    *(f"{loss:.3f}" for loss in losses),
                    *(f"{mean:+.3f} ({low:+.3f} to {high:+.3f})" for mean, low, high in ends),
                )
            )
    without = tuple(f"without: {group}" for group in _GROUPS)
    beyond = ("pushers beyond random", "pushers beyond same classes", "against beyond random")
    return table_of(("history", "influence by", "trials", "all rows", *without, *beyond), rows)
