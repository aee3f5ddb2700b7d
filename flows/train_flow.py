"""The Prefect flow around a first training: it reads the model's own history and crowns the first champion."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prefect import flow

from flows.progress_flow import epoch_teller
from flows.retrain_flow import keep_decision_page
from flows.retraining.retrain import Outcome, train_first
from flows.rows.history_rows import examples_of, learnt_of
from flows.training.examples import Examples
from flows.workplace import open_desk
from infra.history.filed import FiledHistory, read_any_history
from infra.history.history import History, read_history
from infra.history.scratch import scratch_folder
from infra.settings import Settings


@flow(name="train", flow_run_name="train {model}", validate_parameters=False)
def train_flow(model: str, data: str | None = None, rows: int | None = None, now: datetime | None = None) -> Outcome:
    """Train the first champion of `model` on the first `rows` of its history (all of it when None).

    `data` overrides the model file's source. `now` is the event time of the training; by default the
    time of the last row it may use.
    """
    settings = Settings()
    desk = open_desk(model, settings, epoch_teller(model))
    with scratch_folder(settings) as scratch:
        file = Path(data) if data else None
        history: History | FiledHistory
        learnt: Examples | FiledHistory
        if rows is None:
            history = read_any_history(desk.spec, desk.folder, scratch, settings=settings, data=file)
            learnt, end = learnt_of(history)
        else:
            history = read_history(desk.spec, desk.folder, settings=settings, data=file)
            learnt = examples_of(history).cut(0, rows)
            end = learnt.times[-1]
        outcome = train_first(desk, learnt, history.kinds, now=now or end)
    keep_decision_page(desk.spec, outcome)
    return outcome
