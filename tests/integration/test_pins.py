"""The combinations that pip calls compatible and that do not work. Each pin has a test of what it keeps alive.

The versions named are those that failed when the pin was set; a newer set that passes these tests may be pinned.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from prefect.settings.models.server.services import ServerServicesDBVacuumSettings
from prefect.settings.models.worker import WorkerSettings

from infra.installation import FORGETTING, SELDOM
from infra.processes import Child

LOCK = Path(__file__).parents[2] / "infra" / "requirements" / "develop.txt"


@pytest.mark.slow
def test_evidently_reports_on_these_pandas() -> None:
    """pandas 3.1 with evidently 0.7.23: ImportError, `infer_dtype_from_object` is gone."""
    program = (
        "import pandas; from evidently import Report; from evidently.presets import DataDriftPreset\n"
        "before = pandas.DataFrame({'x': [float(i % 7) for i in range(200)]})\n"
        "after = before + 100\n"
        "run = Report([DataDriftPreset(num_method='ks')]).run(current_data=after, reference_data=before)\n"
        "print(run.dict()['metrics'][0]['value'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'count': 1" in done.stdout, "the one column that moved is found"


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_a_flow_runs_on_this_fastapi() -> None:
    """fastapi ≥ 0.155 with prefect 3.8.8: the server dies, `Body() got an unexpected keyword 'min_items'`."""
    from prefect import flow, task
    from prefect.client.orchestration import get_client

    @task
    def double(number: int) -> int:
        return 2 * number

    @flow
    def pinned() -> int:
        return double(21)

    state = pinned(return_state=True)
    assert state.result() == 42
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
    assert run.state is not None
    assert run.state.is_completed(), "the server knows of it"


@pytest.mark.slow
def test_a_schedule_fires_on_this_sqlalchemy(prefect_server: str, tmp_path: Path) -> None:
    """sqlalchemy 2.1 with prefect 3.8.8: the server logs errors, and no scheduled run ever appears."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    program = Path(__file__).with_name("scheduled_flow.py")
    only = FlowFilter(name=FlowFilterName(any_=["heartbeat"]))
    with (
        (tmp_path / "log").open("wb") as log,
        Child("serve", [sys.executable, str(program)], environment={"PREFECT_API_URL": prefect_server}, output=log),
        get_client(sync_client=True) as client,
    ):
        fired, until = False, time.monotonic() + 150
        while not fired and time.monotonic() < until:
            runs = client.read_flow_runs(flow_filter=only, limit=200)
            fired = any(run.auto_scheduled and run.state is not None and run.state.is_completed() for run in runs)
            time.sleep(0.5)
    assert fired, (tmp_path / "log").read_text()


def test_this_prefect_forgets_runs_that_ended_a_month_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FORGETTING.items():
        monkeypatch.setenv(name, value)
    vacuum = ServerServicesDBVacuumSettings()
    assert {"events", "flow_runs"} <= vacuum.enabled_vacuum_types
    assert vacuum.retention_period == timedelta(days=30)


def test_this_prefect_has_its_workers_tell_that_they_live_as_seldom_as_we_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SELDOM.items():
        monkeypatch.setenv(name, value)
    assert WorkerSettings().heartbeat_seconds == 300


def test_installed_versions_are_the_locked_ones() -> None:
    wrong = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if not line or line[0] in " #":
            continue
        locked = Requirement(line.rstrip(" \\"))
        if locked.marker is None or locked.marker.evaluate():
            installed = version(locked.name)
            if installed not in locked.specifier:
                wrong[locked.name] = (installed, str(locked.specifier))
    assert wrong == {}, "run `make setup`"


def test_cpu_torch_brings_no_cuda() -> None:
    names = {str(found.metadata["Name"]).lower() for found in distributions()}
    cuda = {name for name in names if name.startswith(("nvidia-", "cuda-")) or name in {"triton", "pytorch-triton"}}
    if version("torch").endswith("+cpu"):
        assert cuda == {"nvidia-ml-py"}, "it only reads what a GPU did, and is locked on purpose"
    else:
        assert "nvidia-ml-py" in cuda
