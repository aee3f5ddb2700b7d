"""Snapshots that are left in their files give what loaded ones give, and take little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from flows.retraining.reproducing import reproduce
from flows.rows import frozen
from flows.rows.frozen import earlier_rows, parts_of, spread_over
from flows.training.examples import Examples, to_snapshot
from tests.builders import desk_for, examples, minute, started, stream


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "LARGE_BYTES", 100)


def parts() -> dict[str, Examples]:
    return {
        "train": examples(60, first=20, seq=1),
        "validation": examples(20, first=0, seed=1),
        "holdout": examples(30, first=80, seq=61),
    }


def test_the_parts_are_those_of_the_loaded_snapshot(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    desk = desk_for(tmp_path)
    sha256 = desk.ports.snapshots.save(to_snapshot(parts()))  # type: ignore[arg-type]  # the parts' names are literals
    loaded = parts_of(desk, sha256)
    request.getfixturevalue("everything_is_large")
    left = parts_of(desk, sha256)
    for name, part in loaded.items():
        assert left[name].target == part.target
        assert list(left[name].frame.columns) == list(part.frame.columns)
        for column in part.frame.columns:
            assert list(left[name].frame[column].iloc[:]) == list(part.frame[column].iloc[:])


def test_a_run_is_made_again_from_its_file_to_the_bit(tmp_path: Path, everything_is_large: None) -> None:
    loop, outcome = started(tmp_path, stream(300), 300)
    assert reproduce(loop.desk, outcome.run.id).same


@pytest.mark.usefixtures("everything_is_large")
def test_a_retraining_draws_from_the_newest_rows_and_evenly_from_those_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_for(tmp_path)
    sha256 = desk.ports.snapshots.save(to_snapshot(parts()))  # type: ignore[arg-type]  # the parts' names are literals
    assert len(earlier_rows(desk, sha256, 0)) == 110, "there are fewer than may be drawn from"
    monkeypatch.setattr(frozen, "EARLIER_ROWS", 40)
    drawn = earlier_rows(desk, sha256, 0)
    assert list(drawn.times) == sorted(drawn.times)
    assert drawn.times[-20:] == tuple(minute(row) for row in range(90, 110))
    assert len(set(drawn.times)) == 40
    assert drawn.times[0] < minute(30)
    assert earlier_rows(desk, sha256, 0).times == drawn.times
    assert earlier_rows(desk, sha256, 1).times != drawn.times


def test_a_reference_is_spread_over_a_large_snapshot_as_over_a_loaded_one(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    desk = desk_for(tmp_path)
    sha256 = desk.ports.snapshots.save(to_snapshot(parts()))  # type: ignore[arg-type]  # the parts' names are literals
    loaded = spread_over(desk, sha256, 30)
    request.getfixturevalue("everything_is_large")
    left = spread_over(desk, sha256, 30)
    assert (loaded.rows, len(loaded.evenly), len(loaded.newest)) == (110, 30, 30)
    for one, other in ((left.evenly, loaded.evenly), (left.newest, loaded.newest)):
        assert (one.times, one.target, one.seqs) == (other.times, other.target, other.seqs)
        pd.testing.assert_frame_equal(one.frame, other.frame)


ROWS, COLUMNS = 300_000, 30
MEMORY = """
import sys
from pathlib import Path
import pyarrow.parquet
from flows.rows import frozen
from flows.training import blocks
from infra.model.schema import FeatureSchema
from infra.stores.snapshots import ParquetSnapshots
from tests.builders import desk_for
from dataclasses import replace


def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024


folder, sha256 = Path(sys.argv[1]), sys.argv[2]
frozen.LARGE_BYTES, blocks.MAPPED_BYTES = 1 << 20, 1 << 20
desk = desk_for(folder)
desk = replace(desk, ports=replace(desk.ports, snapshots=ParquetSnapshots(folder)))
before = held()
if sys.argv[3] == "load":
    found = desk.ports.snapshots.load(sha256)
else:
    train = frozen.parts_of(desk, sha256)["train"]
    schema = FeatureSchema.learn(train.frame, {name: "numeric" for name in train.frame.columns})
    block, mapped = blocks.encoded(schema, train.frame, folder)
    assert mapped and len(block) == len(train.target)
print(held() - before)
"""


@pytest.mark.slow
def test_a_snapshot_that_is_left_in_its_file_is_encoded_in_a_bounded_memory(tmp_path: Path) -> None:
    """Megabytes that cannot be given up: of columns that take 72, and twice that on their way into a loaded table."""
    from infra.stores.snapshots import ParquetSnapshots

    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(ROWS, COLUMNS)), columns=[f"x{place}" for place in range(COLUMNS)])
    own = {
        "@target": rng.normal(size=ROWS),
        "@time": pd.date_range("2024-01-01", periods=ROWS, freq="s", tz="UTC"),
        "@id": [f"history-{row}" for row in range(ROWS)],
        "@seq": 0,
        "@part": "train",
    }
    sha256 = ParquetSnapshots(tmp_path).save(table.assign(**own))
    took = {}
    for how in ("load", "leave"):
        command = [sys.executable, "-c", MEMORY, str(tmp_path), sha256, how]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        took[how] = int(done.stdout)
    assert took["leave"] < 0.5 * took["load"], took
