"""The flow that removes old predictions, on a real Prefect server and a real database."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from infra.ports import Ports, RegisteredModel
from tests.builders import START, minute, prediction
from tests.contracts.building import window
from tests.integration.test_monitor_flow import SPEC, ports

__all__ = ["ports"]
KEEP = "serving: {{keep: 1d}}\n"
LATE = minute(200) + timedelta(days=1)


@pytest.mark.slow
def test_predictions_older_than_their_model_file_keeps_them_go_once(ports: Ports, prefect_server: str) -> None:
    from flows.desk import wall_clock
    from flows.holding import held
    from flows.removal_flow import REMOVALS, removal_flow

    for name, file in (("a-day", SPEC + KEEP), ("for-ever", SPEC)):
        ports.models.save(
            RegisteredModel(name=name, spec_yaml=file.format(name=name), spec_folder=".", registered_at=START)
        )
        ports.predictions.add([prediction(seq, model=name) for seq in range(1, 201)])
        ports.windows.save(window(0, model=name, first_seq=101, last_seq=200))
    with held(ports.leases, REMOVALS, "removals", wall_clock):
        assert removal_flow(now=LATE) == {}, "another process is at it"
    state = removal_flow(now=LATE, return_state=True)
    assert state.result() == {"a-day": 100, "for-ever": 0}
    told = httpx.get(f"{prefect_server}/flow_runs/{state.state_details.flow_run_id}", timeout=60).json()
    assert told["state_type"] == "COMPLETED"
    firsts = {name: ports.predictions.after(name, 0, 1)[0].seq for name in ("a-day", "for-ever")}
    assert firsts == {"a-day": 101, "for-ever": 1}
    assert removal_flow(now=LATE) == {"a-day": 0, "for-ever": 0}
