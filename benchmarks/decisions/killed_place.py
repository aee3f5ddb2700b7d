"""Where promotions are killed: a champion, labelled traffic after a change, and a trigger that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.retraining.retrain import train_first
from flows.training.examples import Examples
from infra.domain.alerts import Trigger
from infra.domain.predictions import Label, Prediction
from infra.model.schema import ColumnKind
from infra.settings import Settings
from infra.spec import ModelSpec
from infra.wiring import build_ports

MODEL = "killed"
START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS: dict[str, ColumnKind] = {"x": "numeric", "y": "numeric"}
ROWS, LABELLED = 300, 500
MODEL_FILE = {
    "model": MODEL,
    "task": "classification",
    "data": {"source": "none.csv", "target": "truth"},
    "learner": {"hidden": [8], "epochs": 8, "batch_size": 64, "learning_rate": 0.02},
    "monitoring": {"window": "100 rows", "reports": "none"},
    "retraining": {"min_labels": 100},
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One installation, and what it is put back to before each kill; an empty address is MLflow's own file."""

    home: Path
    template: Path
    mlflow_uri: str
    shadow: bool = False
    """The candidate is let into shadow, and not promoted."""

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, mlflow_uri=self.mlflow_uri)


def desk(place: Place) -> Desk:
    """The model at work there."""
    ports = build_ports(place.settings)
    promotion = {"promotion": {"shadow": True}} if place.shadow else {}
    return Desk(spec=ModelSpec.model_validate({**MODEL_FILE, **promotion}), folder=place.home, ports=ports)


def _stream(rows: int, turned_at: int) -> tuple[pd.DataFrame, list[str]]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "y": rng.normal(size=rows)})
    sign = np.where(np.arange(rows) < turned_at, 1.0, -1.0)
    return frame, ["up" if value > 0 else "down" for value in frame["x"] + 1.5 * sign * frame["y"]]


def _minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def begin(place: Place) -> str:
    """A first champion, labelled traffic after a change, and a trigger that waits."""
    at_work = desk(place)
    frame, truth = _stream(ROWS + LABELLED, ROWS)
    history = Examples(
        frame=frame.iloc[:ROWS],
        target=tuple(truth[:ROWS]),
        times=tuple(_minute(row) for row in range(ROWS)),
        ids=tuple(f"h{row}" for row in range(ROWS)),
        seqs=(0,) * ROWS,
    )
    train_first(at_work, history, KINDS, now=_minute(ROWS - 1))
    bundle = at_work.champion()
    assert bundle is not None
    fresh = frame.iloc[ROWS:]
    values = bundle[1].answer(bundle[1].schema.encode(fresh)).values
    rows = [
        Prediction(model=MODEL, id=f"p{row}", time=_minute(row), features=features, value=value, version=1)
        for row, features, value in zip(range(ROWS, ROWS + LABELLED), fresh.to_dict("records"), values, strict=True)
    ]
    at_work.ports.predictions.add(rows)
    at_work.ports.labels.add(
        [
            Label(model=MODEL, prediction_id=f"p{row}", value=truth[row], time=_minute(row))
            for row in range(ROWS, len(truth))
        ]
    )
    at_work.ports.triggers.save(trigger())
    return "ready"


def trigger() -> Trigger:
    """The trigger that waits; its id is `t`."""
    return Trigger(
        id="t", model=MODEL, at=now(), source="policy", state="accepted", reason="r", policy="p", evidence={}
    )


def now() -> datetime:
    """The minute of the last row."""
    return _minute(ROWS + LABELLED)
