"""A home with a life behind it: the inspection line's first days, played once a session through the real loop.

The real database and files; MLflow alone is a double, since no page reads it. What happens: a first champion, steady
windows, then another camera, an alert, a retraining and what became of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.desk import Desk
from flows.monitor import monitor
from flows.retraining.pending import answer_pending
from flows.retraining.retrain import train_first
from flows.rows.history_rows import examples_of
from flows.windows.pages import pages_afterwards
from flows.windows.references import References
from flows.workplace import desk_of
from infra.domain.predictions import Label, Prediction
from infra.history.history import History, read_history
from infra.memory.tracking import MemoryRegistry, MemoryTracking
from infra.ports import RegisteredModel
from infra.settings import Settings
from infra.spec import read_spec
from infra.wiring import build_ports
from services.line.history import model_file, write_history
from services.line.production import produce
from services.line.scenario import Change, Scenario
from services.replay.rows import LateLabels, batches, rows_of
from services.replay.traffic import Row

SEED = 0
ROWS, FIRST_ROWS, CHANGE_ROW = 3000, 1000, 1700
PART = timedelta(seconds=120)
CHEAP = {"epochs: 40": "epochs: 14", "window: 250 rows": "window: 200 rows, reports: alerts"}
"""What is changed in the line's own model file, so that a session waits less."""


@dataclass(frozen=True, kw_only=True)
class LivedIn:
    """Where it lies, and the model that lives there."""

    settings: Settings
    model: str


def play_line(home: Path) -> LivedIn:
    """Make the home at `home`, an empty folder."""
    settings = Settings(home=home, data_dir=home)
    scenario = Scenario(
        rows=ROWS,
        start=datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - ROWS * PART,
        changes=(Change(kind="camera", first_row=CHANGE_ROW, last_row=ROWS - 1, what="the camera is replaced"),),
    )
    write_history(produce(scenario, SEED), home / "parts.npz")
    path = home / "model.yaml"
    text = model_file("parts.npz")
    for usual, cheap in CHEAP.items():
        assert usual in text
        text = text.replace(usual, cheap)
    path.write_text(text)
    spec = read_spec(path)
    history = read_history(spec, home, settings=settings)
    ports = replace(build_ports(settings), tracking=MemoryTracking(), registry=MemoryRegistry())
    model = RegisteredModel(name=spec.model, spec_yaml=text, spec_folder=str(home), registered_at=history.times[0])
    ports.models.save(model)
    desk = desk_of(model, ports, settings)
    first = examples_of(history).cut(0, FIRST_ROWS)
    train_first(desk, first, history.kinds, now=first.times[-1])
    _produce(desk, history)
    return LivedIn(settings=settings, model=spec.model)


def _produce(desk: Desk, history: History) -> None:
    """Every batch is answered, labelled when its labels are due, and looked at; what is asked for is trained."""
    late, references = LateLabels(desk.spec.label_delay), References(desk)
    for batch in batches(rows_of(history, FIRST_ROWS), desk.spec.monitoring):
        now = batch[-1].time
        _answer(desk, batch)
        late.answered(batch)
        labels = [
            Label(model=desk.spec.model, prediction_id=row.id, value=row.truth, time=at) for row, at in late.due(now)
        ]
        if labels:
            desk.ports.labels.add(labels)
        with pages_afterwards(desk, now=now) as press:
            found = monitor(desk, references, press, now=now)
        if found.trigger is not None and found.trigger.state == "accepted":
            answer_pending(desk, now=now)


def _answer(desk: Desk, batch: Sequence[Row]) -> None:
    found = desk.champion()
    assert found is not None
    champion, bundle = found
    parsed = bundle.schema.parse([row.features for row in batch])
    assert not parsed.errors, parsed.errors
    answers = bundle.answer(parsed.block)
    assert answers.confidences is not None
    desk.ports.predictions.add(
        [
            Prediction(
                model=desk.spec.model,
                id=row.id,
                time=row.time,
                features=row.features,
                value=value,
                version=champion.version,
                confidence=confidence,
            )
            for row, value, confidence in zip(batch, answers.values, answers.confidences, strict=True)
        ]
    )
