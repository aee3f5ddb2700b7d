"""A whole replay in a process of its own: it prints what Prefect's server knows at the end, as one JSON object.

It is a process because Prefect reads its environment when it is imported, and because the stage sets it for good.
Arguments: the model file, the data file, the folder to live in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx

from infra.history.history import read_history
from infra.settings import Settings
from infra.spec import read_spec
from services.replay.progress import Quiet
from services.replay.replay import Plan, replay
from services.replay.stage import Stage, fresh_home, open_stage


def main(model: Path, data: Path, home: Path) -> None:
    """Replay, and say what came of it."""
    spec = read_spec(model)
    settings = fresh_home(Settings(), home)
    history = read_history(spec, model.parent, settings=settings, data=data)
    plan = Plan(spec=spec, spec_yaml=model.read_text(), folder=model.parent, history=history, data=data, share=0.2)
    with open_stage(settings) as stage:
        summary = replay(plan, stage, Quiet())
        record = {
            **summary.record,
            "given": list(summary.answers),
            "flow_runs": _of_prefect(stage, "flow_runs"),
            "artifacts": _of_prefect(stage, "artifacts"),
        }
    print(json.dumps(record))


def _of_prefect(stage: Stage, what: str) -> list[dict[str, Any]]:
    answer = httpx.post(f"{stage.environment['PREFECT_API_URL']}/{what}/filter", json={"limit": 200}, timeout=60)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
