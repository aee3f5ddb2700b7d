"""What the learning curve of a training costs, and whether its law foretells the training from smaller shares.

Real histories, each cut in time order as a first training is; `KEEPSHARP_DATA_DIR` holds them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.monitoring.parts import Asked, Found, say, table_of
from benchmarks.serving.figures import Figure
from benchmarks.serving.system import ROOT
from flows.promotion import losses
from flows.rows.history_rows import examples_of
from flows.training.curve_figures import Losses, foretell
from flows.training.fitting import Fitted, fit
from flows.training.learning_curve import Lesson, School, measure_curve
from flows.training.material import Material, first_material
from flows.trial.judging import answers_of
from infra.history.history import read_history
from infra.model.schema import ColumnKind
from infra.settings import Settings
from infra.spec import ModelSpec, read_spec

HISTORIES: Mapping[str, tuple[str, str, int]] = {
    "electricity": ("electricity", "elec2.csv.gz", 9_000),
    "weather": ("weather", "noaa_weather.csv.gz", 9_000),
    "steel-load": ("steel-load", "steel_energy.csv.gz", 9_000),
    "steel-energy": ("steel-energy", "steel_energy.csv.gz", 9_000),
    "solar-cells": ("solar-cells", "elpv_cells_48.npz", 2_624),
}
"""Example, file, and how many of its first rows."""
SEEDS, QUICK_SEEDS = 4, 1


@dataclass(frozen=True, kw_only=True)
class _Try:
    """One training with its curve: the error it had, and what the smaller shares foretold of it."""

    share: float
    error: float
    foretold: tuple[float, float, float] | None
    half: float | None

    @property
    def held(self) -> bool | None:
        """Whether the interval held the error."""
        return None if self.foretold is None else self.foretold[1] <= self.error <= self.foretold[2]


def run(asked: Asked) -> Found:
    """Each history under several seeds."""
    folder = Path(os.environ.get("KEEPSHARP_DATA_DIR", ROOT.parent / "shared" / "data"))
    found, not_run = {}, {}
    for name, (example, file, rows) in HISTORIES.items():
        if not (folder / file).is_file():
            not_run[name] = f"{file} is not under KEEPSHARP_DATA_DIR"
        elif not asked.quick or name == "weather":
            say(f"  {name}")
            found[name] = _history(example, folder / file, rows, QUICK_SEEDS if asked.quick else SEEDS)
    tries = [one for several in found.values() for one in several]
    held = [one.held for one in tries if one.held is not None]
    figures = (
        Figure(
            name="learning curve, compute over the training's, most of all",
            value=max((one.share for one in tries), default=None),
            unit="×",
            sign="<=",
            bound=1.0,
        ),
        Figure(
            name="error of all labels held by the interval of the smaller shares",
            value=float(np.mean(held)) if held else None,
            unit="of trainings",
            sign=">=",
            bound=0.9,
        ),
    )
    return Found(figures=figures, table=_table(found), not_run=not_run)


def _history(example: str, file: Path, rows: int, seeds: int) -> list[_Try]:
    path = ROOT / "examples" / example / "model.yaml"
    spec = read_spec(path)
    history = read_history(spec, path.parent, settings=Settings(), data=file)
    material, kinds = first_material(examples_of(history).cut(0, rows)), dict(history.kinds)
    _train(spec, material, kinds, 0)  # the first of a process pays for imports
    return [_try(spec, material, kinds, 100 * seed) for seed in range(seeds)]


def _train(spec: ModelSpec, material: Material, kinds: dict[str, ColumnKind], seed: int) -> Fitted:
    with tempfile.TemporaryDirectory() as folder:
        return fit(
            material.train.frame,
            material.train.target,
            material.validation.frame,
            material.validation.target,
            spec=spec,
            kinds=kinds,
            start=None,
            seed=seed,
            provenance={},
            checkpoint=Path(folder) / "checkpoint",
        )


def _try(spec: ModelSpec, material: Material, kinds: dict[str, ColumnKind], seed: int) -> _Try:
    seeded = spec.model_copy(update={"learner": spec.learner.model_copy(update={"seed": seed})})
    fitted = _train(seeded, material, kinds, seed)
    holdout = material.holdout
    full = losses(spec.task, answers_of(fitted.bundle, holdout).values, holdout.target)
    lesson = Lesson(spec=seeded, material=material, kinds=kinds, start=None, fitted=fitted)
    curve = measure_curve(lesson, full)
    school = School(lesson, lambda: False)  # once more, for the losses themselves
    school.teach_all()
    smaller: dict[float, list[Losses]] = school.losses
    return _Try(
        share=curve.compute_share or 0.0,
        error=float(full.mean()),
        foretold=foretell(smaller) if len(smaller) > 1 else None,
        half=float(np.mean([one.mean() for one in smaller[0.5]])) if 0.5 in smaller else None,
    )


def _table(found: Mapping[str, list[_Try]]) -> str:
    rows = []
    for name, tries in found.items():
        told = [one for one in tries if one.foretold is not None]
        off = [abs(one.foretold[0] - one.error) for one in told if one.foretold is not None]
        half = [abs(one.half - one.error) for one in told if one.half is not None]
        shares = [one.share for one in tries]
        rows.append(
            (
                name,
                f"{np.mean([one.error for one in tries]):.4g}",
                f"{np.mean(shares):.2f} ({max(shares):.2f})",
                f"{sum(one.held is True for one in told)} of {len(told)}",
                f"{np.mean(off):.3g}" if off else "unknown",
                f"{np.mean(half):.3g}" if half else "unknown",
            )
        )
    titles = ("history", "error", "compute (most)", "held by the interval", "law is off by", "half is off by")
    return table_of(titles, rows)
