"""What every `ports.Storage` does; the double weighs what it is told."""

from __future__ import annotations

import pandas as pd

from infra.memory.costs import MemoryStorage
from infra.ports import Ports
from tests.contracts.building import prediction, run


def test_a_model_weighs_its_share_of_the_database_its_snapshots_and_its_pages(ports: Ports) -> None:
    if isinstance(ports.storage, MemoryStorage):
        ports.storage.sizes["grid"] = {"snapshots": 5}
        assert ports.storage.bytes_of("grid") == {"snapshots": 5}
        assert ports.storage.bytes_of("press") == {}
        return
    assert set(ports.storage.bytes_of("grid").values()) == {0}
    ports.predictions.add([prediction(f"p{n}") for n in range(3)])
    ports.predictions.add([prediction("q", model="press")])
    sha256 = ports.snapshots.save(pd.DataFrame({"x": range(100)}))
    ports.runs.save(run("r", snapshot=sha256))
    ports.runs.save(run("again", snapshot=sha256))
    grid, press = ports.storage.bytes_of("grid"), ports.storage.bytes_of("press")
    assert grid["predictions and decisions"] > 2 * press["predictions and decisions"] > 0
    assert grid["snapshots"] > 100
    assert press["snapshots"] == 0
    assert grid["pages"] == 0
