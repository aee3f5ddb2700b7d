"""A first training whose history lies in files gives what one whose history is in memory gives."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows.desk import Desk
from flows.retraining.recording import Outcome
from flows.retraining.reproducing import reproduce
from flows.retraining.retrain import train_first
from flows.rows import filing
from flows.rows.history_rows import learnt_of
from flows.training.examples import snapshot_parts
from infra.history.filed import FiledHistory, read_any_history
from infra.settings import Settings
from infra.spec import ModelSpec
from tests.builders import desk_for, spec, stream

ROWS = 600


def model(task: str, source: str = "rows.csv") -> ModelSpec:
    data = {"source": source, "target": "truth", "slices": ["line"] if source == "rows.csv" else []}
    return spec(task, data=data, evidence={"learning_curve": False})


def trained(folder: Path, task: str, megabytes: float) -> tuple[Desk, Outcome]:
    """A first training on one file, whose history is larger than memory where `megabytes` says so."""
    made, home = stream(ROWS, task=task), folder / str(megabytes)
    home.mkdir()
    made.frame.assign(truth=made.truth).to_csv(folder / "rows.csv", index=False)
    history = read_any_history(model(task), folder, home, settings=Settings(home=home, large_history_mb=megabytes))
    assert isinstance(history, FiledHistory) == (megabytes < 1)
    desk = desk_for(home, model(task))
    learnt, end = learnt_of(history)
    return desk, train_first(desk, learnt, history.kinds, now=end)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_same_snapshot_and_the_same_weights(task: str, tmp_path: Path) -> None:
    (loaded, whole), (desk, filed) = trained(tmp_path, task, 100.0), trained(tmp_path, task, 0.001)
    assert filed.run.snapshot == whole.run.snapshot
    assert (filed.run.data_start, filed.run.data_end) == (whole.run.data_start, whole.run.data_end)
    kept = [one.ports.versions.all(one.spec.model)[0].sha256 for one in (loaded, desk)]
    assert kept[0] == kept[1]
    assert reproduce(desk, filed.run.id).same


def test_what_judges_is_bounded_and_what_looks_at_all_rows_looks_at_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "MOST_HELD_OUT", 50)
    monkeypatch.setattr(filing, "DRAWN_ROWS", 100)
    desk, outcome = trained(tmp_path, "classification", 0.001)
    parts = snapshot_parts(desk.ports.snapshots.load(outcome.run.snapshot))
    assert {name: len(part) for name, part in parts.items()} == {"train": 500, "validation": 50, "holdout": 50}
    assert outcome.run.rows == 500
    assert outcome.run.data_end is not None
    assert parts["holdout"].times[0] - outcome.run.data_end == timedelta(minutes=1)
    ledger = desk.ports.corrections.get(outcome.run.id)
    assert {part.part: part.rows for part in ledger.parts} == {"train": 100, "validation": 50, "holdout": 50}
    assert ledger.rule.endswith("100 of 500 training rows, drawn evenly, were looked at")


FEW, MANY, COLUMNS = 40_000, 160_000, 30
MEMORY = """
import sys, threading
from dataclasses import replace
from pathlib import Path
from flows.rows import filing
from flows.rows.filing import file_material
from flows.training import blocks
from infra.history.filed import FiledHistory, read_any_history
from infra.settings import Settings
from infra.model.schema import FeatureSchema
from infra.stores.snapshots import ParquetSnapshots
from tests.builders import desk_for
from tests.unit.flows.rows.test_filing import model


def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024


folder = Path(sys.argv[1])
most, before, over = [0], held(), threading.Event()


def watch():
    while not over.wait(0.02):
        most[0] = max(most[0], held())


threading.Thread(target=watch, daemon=True).start()
blocks.MAPPED_BYTES = 1 << 20
filing.GROUP_ROWS = filing.MOST_HELD_OUT = filing.DRAWN_ROWS = 5_000
settings = Settings(home=folder, large_history_mb=float(sys.argv[2]))
history = read_any_history(model("regression", "rows.parquet"), folder, folder, settings=settings)
if isinstance(history, FiledHistory):
    desk = desk_for(folder)
    desk = replace(desk, ports=replace(desk.ports, snapshots=ParquetSnapshots(folder)))
    material = file_material(desk, history)
    schema = FeatureSchema.learn(material.learnt.frame, history.kinds)
    block, mapped = blocks.encoded(schema, material.learnt.frame, folder)
    assert mapped and len(block) == material.train_rows
over.set()
print(most[0] - before)
"""


def _megabytes_taken(folder: Path, rows: int, large: float) -> int:
    """What cannot be given up, at most, until the rows are encoded; of a history that is loaded, until it is read."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(rows, COLUMNS)), columns=[f"x{place}" for place in range(COLUMNS)])
    table.assign(truth=rng.normal(size=rows)).to_parquet(folder / "rows.parquet", row_group_size=20_000)
    command = [sys.executable, "-c", MEMORY, str(folder), str(large)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
def test_the_memory_of_a_history_that_is_left_in_files_hardly_grows_with_it(tmp_path: Path) -> None:
    growth = {}
    for how, large in (("loaded", 1_000.0), ("left", 1.0)):
        few, many = (_megabytes_taken(tmp_path, rows, large) for rows in (FEW, MANY))
        growth[how] = many - few
    assert growth["loaded"] > 29, "the columns alone, which are read whole"
    assert growth["left"] < 0.3 * growth["loaded"], growth
