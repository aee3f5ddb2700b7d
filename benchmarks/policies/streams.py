"""The streams that policies are compared on: real histories by their model files, and made ones that nobody tuned on.

Windows are short and labels come one window late, whatever the model file says, so that all streams are alike in that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from flows.backtest.stream import Stream, cut_stream
from flows.rows.history_rows import examples_of
from flows.training.examples import Examples
from infra.history.history import read_history
from infra.model.columns import ColumnKind
from infra.settings import Settings
from infra.spec import ModelSpec, Span, read_spec
from infra.spec.reading import parse_spec
from services.line.history import model_file, write_history
from services.line.production import produce
from services.line.scenario import default_scenario

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KEEPSHARP_DATA_DIR", ROOT.parent / "shared" / "data"))
LINE_SEED = 7


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a stream comes from, and how it is cut. `named` streams are those that the figures are asked of."""

    name: str
    make: Callable[[], tuple[ModelSpec, Examples, dict[str, ColumnKind]]]
    first: int
    window: int
    named: bool = False

    def stream(self, rows: int | None = None) -> Stream:
        """The stream; with `rows`, only so many after the first part."""
        spec, examples, kinds = self.make()
        if rows is not None:
            examples = examples.cut(0, min(len(examples), self.first + rows))
        return cut_stream(late(spec, self.window), examples, kinds, first=self.first)


def late(spec: ModelSpec, window: int) -> ModelSpec:
    """The model file with windows of so many rows, and labels one window late."""
    span = Span(rows=window)
    return spec.model_copy(
        update={
            "monitoring": spec.monitoring.model_copy(update={"window": span}),
            "labels": spec.labels.model_copy(update={"expected_delay": span}),
            "retraining": spec.retraining.model_copy(update={"min_labels": 1, "cool_down": None}),
            "budget": None,
        }
    )


def example(
    folder: str, file: str, *, without: tuple[str, ...] = ()
) -> Callable[[], tuple[ModelSpec, Examples, dict[str, ColumnKind]]]:
    """The history of an example's model file, some of its features left out."""

    def make() -> tuple[ModelSpec, Examples, dict[str, ColumnKind]]:
        path = ROOT / "examples" / folder / "model.yaml"
        spec = read_spec(path)
        if without:
            kept = {name: kind for name, kind in (spec.data.features or {}).items() if name not in without}
            spec = spec.model_copy(update={"data": spec.data.model_copy(update={"features": kept})})
        history = read_history(spec, path.parent, settings=Settings(), data=DATA / file)
        return spec, examples_of(history), history.kinds

    return make


def own_source(path: Path) -> Source:
    """The history of a model file, cut as it says, but for the delay of the labels."""

    def make() -> tuple[ModelSpec, Examples, dict[str, ColumnKind]]:
        spec = read_spec(path)
        history = read_history(spec, path.resolve().parent, settings=Settings())
        return spec, examples_of(history), history.kinds

    spec, examples, _ = make()
    window = spec.monitoring.window.rows or max(100, len(examples) // 50)
    return Source(name=spec.model, make=make, first=len(examples) // 5, window=window)


def inspection_line() -> tuple[ModelSpec, Examples, dict[str, ColumnKind]]:
    """Twelve simulated days of the line: the lamp ages, the camera changes, a defect appears, a material recurs.

    Every second part is looked at: with all 8,640 a training from scratch takes ten CPU seconds, and one seed an hour
    on a busy machine.
    """
    with tempfile.TemporaryDirectory(prefix="keepsharp-line-") as folder:
        path = Path(folder) / "parts.npz"
        write_history(produce(default_scenario(), LINE_SEED), path)
        spec = parse_spec(model_file(str(path)), "inspection-line")
        history = read_history(spec, Path(folder), settings=Settings())
        examples = examples_of(history)
        return spec, examples.take(range(0, len(examples), 2)), history.kinds


def made(
    change: Callable[[np.ndarray], np.ndarray], task: str
) -> Callable[[], tuple[ModelSpec, Examples, dict[str, ColumnKind]]]:
    """12,000 rows of six numbers; `change` gives each row's place between two worlds, 0 to 1."""

    def make() -> tuple[ModelSpec, Examples, dict[str, ColumnKind]]:
        rows, chance = 12_000, np.random.default_rng(20)
        inputs = chance.normal(size=(rows, 6))
        one, other = chance.normal(size=(2, 6))
        world = change(np.arange(rows) / rows) > chance.uniform(size=rows)
        signal = np.where(world, inputs @ other, inputs @ one) + 0.8 * inputs[:, 0] * inputs[:, 1]
        signal += chance.normal(0.0, 0.5, rows)
        truth = tuple("b" if value > 0 else "a" for value in signal) if task == "classification" else tuple(signal)
        start = datetime(2024, 1, 1, tzinfo=UTC)
        spec = parse_spec(
            f"model: made\ntask: {task}\ndata: {{source: none.csv, target: y}}\ncosts: {{wrong_decision: 1.0}}", "made"
        )
        names = [f"x{place}" for place in range(6)]
        examples = Examples(
            frame=pd.DataFrame(inputs, columns=names),
            target=tuple(float(value) for value in truth) if task == "regression" else truth,
            times=tuple(start + timedelta(minutes=10 * row) for row in range(rows)),
            ids=tuple(str(row) for row in range(rows)),
            seqs=(0,) * rows,
        )
        return spec, examples, dict.fromkeys(names, "numeric")

    return make


def _abrupt(at: np.ndarray) -> np.ndarray:
    return (at > 0.55).astype(float)


def _gradual(at: np.ndarray) -> np.ndarray:
    return np.clip((at - 0.35) / 0.5, 0.0, 1.0)


def _recurring(at: np.ndarray) -> np.ndarray:
    return ((at * 8.0).astype(int) % 2).astype(float)


def _still(at: np.ndarray) -> np.ndarray:
    return np.zeros_like(at)


SOURCES = (
    Source(
        name="elec2",
        make=example("electricity", "elec2.csv.gz", without=("nswprice",)),
        first=4_000,
        window=500,
        named=True,
    ),
    Source(name="noaa_weather", make=example("weather", "noaa_weather.csv.gz"), first=4_000, window=500, named=True),
    Source(name="steel_load", make=example("steel-load", "steel_energy.csv.gz"), first=4_000, window=500, named=True),
    Source(name="elpv_cells", make=example("solar-cells", "elpv_cells_48.npz"), first=600, window=60, named=True),
    Source(name="inspection_line", make=inspection_line, first=1_000, window=125, named=True),
    Source(name="bike_hour", make=example("bike-demand", "bike_hour.csv.gz"), first=4_000, window=500),
    Source(name="steel_usage", make=example("steel-energy", "steel_energy.csv.gz"), first=4_000, window=500),
    Source(name="made_abrupt", make=made(_abrupt, "classification"), first=2_000, window=250),
    Source(name="made_gradual", make=made(_gradual, "classification"), first=2_000, window=250),
    Source(name="made_recurring", make=made(_recurring, "classification"), first=2_000, window=250),
    Source(name="made_still", make=made(_still, "classification"), first=2_000, window=250),
    Source(name="made_recurring_numbers", make=made(_recurring, "regression"), first=2_000, window=250),
)
