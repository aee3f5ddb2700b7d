"""An acknowledged prediction is in the file, whatever kills the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import Engine

from infra.database import open_engine
from infra.stores.predictions import SqlPredictions

_SCRIPT = """
import sys
from itertools import count
from infra.database import open_engine
from infra.stores.predictions import SqlPredictions
from tests.contracts.building import prediction

store = SqlPredictions(open_engine(sys.argv[1]))
for n in count():
    batch = [prediction(f"{sys.argv[2]}-{n}-{row}") for row in range(3)]
    for stored in store.add(batch):
        print(stored.id)
    sys.stdout.flush()
"""


@pytest.mark.parametrize("acknowledged", [3, 30, 150])
def test_sigkill_loses_no_acknowledged_prediction_and_halves_no_batch(sqlite_engine: Engine, acknowledged: int) -> None:
    url = str(sqlite_engine.url)
    with subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, url, "round"], stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline().strip() for _ in range(acknowledged)]
        os.kill(process.pid, signal.SIGKILL)
        printed += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL

    engine = open_engine(url)
    stored = SqlPredictions(engine).between("grid", 1, 10**9)
    assert {row.prediction.id for row in stored} >= set(printed)
    assert [row.seq for row in stored] == list(range(1, len(stored) + 1))
    assert len(stored) % 3 == 0
    assert len(stored) - len(printed) in (0, 3)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()


@pytest.mark.postgres
def test_postgresql_syncs_each_commit_before_it_says_so(postgres_engine: Engine) -> None:
    with postgres_engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
