"""Replay: the first part of a history trains the first champion, the rest is production traffic in event time.

Prequential: a row is answered by the real HTTP API before its label is known to any part of the system; labels
follow after the expected delay; windows are judged and retrainings run when they are due in event time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows.desk import Desk
from flows.ledger.accruing import accrue_storage
from flows.ledger.metering import charge
from flows.monitor import monitor
from flows.rows.history_rows import examples_of
from flows.training.baseline import fit_baseline
from flows.training.material import first_material
from flows.trial.judging import answers_of
from flows.trial.watching import ACTS, watch
from flows.windows.references import References
from flows.workplace import desk_of
from infra.domain.errors import DataError, TrainingFailed
from infra.domain.values import Answer
from infra.history.history import History
from infra.ports import RegisteredModel
from infra.spec import ModelSpec
from infra.wiring import build_ports
from services.replay.known import KnownChange
from services.replay.press import BackgroundPress
from services.replay.progress import Progress
from services.replay.rows import LateLabels, batches, rows_of, truths_of
from services.replay.stage import Stage
from services.replay.summary import Replayed, Summary, summarise
from services.replay.traffic import Row, Traffic

LEAST_TO_TRAIN = 100
PICTURE = "image"
STORED_EVERY = timedelta(days=7)
"""How often, in event time, it is measured what lies on disk."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is replayed: a model file's text, its history, the share of it that trains the first champion, and the
    changes that are known to be in it."""

    spec: ModelSpec
    spec_yaml: str
    folder: Path
    history: History
    data: Path | None = None
    share: float = 0.2
    known: tuple[KnownChange, ...] = ()

    @property
    def first_rows(self) -> int:
        """Rows that train the first champion."""
        return int(len(self.history.target) * self.share)

    def require_enough_rows(self) -> None:
        """Raise DataError when one side of the cut is too small, or the first champion would learn one class alone."""
        rows, first = len(self.history.target), self.first_rows
        if first < LEAST_TO_TRAIN or first >= rows:
            raise DataError(
                f"{self.share:.0%} of {rows} rows leaves {first} to train on and {rows - first} to replay: at least "
                f"{LEAST_TO_TRAIN} and 1 are needed. Give more rows, or another `--share`"
            )
        learnt = first_material(examples_of(self.history).cut(0, first)).train.target
        if len(set(learnt)) < 2:
            raise DataError(
                f"the first champion would learn from {len(learnt)} rows that are all `{learnt[0]}`: give a larger "
                "`--share`, so that other rows are among them"
            )

    def require_replayed_changes(self) -> None:
        """Raise DataError when a known change is not among the rows that are replayed, or not in a column there is."""
        rows, columns = len(self.history.target), {str(name) for name in self.history.frame.columns}
        for change in self.known:
            if not self.first_rows <= change.row < rows:
                raise DataError(
                    f"the known change at row {change.row} is not replayed: rows {self.first_rows} to {rows - 1} are, "
                    "and those before train the first champion; name one that is, or give a smaller `--share`"
                )
            strange = [name for name in change.columns if name not in columns and PICTURE not in columns]
            if strange:
                raise DataError(f"there is no column {strange[0]!r} to change: there are {', '.join(sorted(columns))}")


def replay(plan: Plan, stage: Stage, progress: Progress) -> Summary:
    """Play the history through the loop.

    Raises:
        DataError: the history is too short, or the API refused a row.
        Unavailable: the API or Prefect did not start.
    """
    began = time.perf_counter()
    plan.require_enough_rows()
    desk = _register(plan, stage, progress)
    first = plan.first_rows
    now = plan.history.times[first - 1]
    traffic = Traffic(stage.client, plan.spec.model)
    progress.begin("servers", 1)
    stage.await_servers()
    progress.begin("first champion", plan.spec.learner.epochs)
    _first_champion(plan, first, now)
    traffic.wait_until_ready()
    traffic.wait_for_version(1)
    rows = rows_of(plan.history, first)
    with BackgroundPress(plan.spec) as press:
        answers = _play(desk, rows, traffic, press, progress)
        _await_pages(press, progress)
    charge(desk, "report", press.cpu_seconds, now=rows[-1].time)
    frozen, simple = _bystanders(plan, desk, first)
    replayed = Replayed(
        truths=truths_of(rows),
        answers=answers,
        frozen=frozen,
        baseline=simple,
        trained_on=first,
        wall_seconds=time.perf_counter() - began,
        times=plan.history.times,
        known=plan.known,
    )
    return summarise(plan.spec, replayed, desk.ports)


def _register(plan: Plan, stage: Stage, progress: Progress) -> Desk:
    ports = build_ports(stage.settings)
    model = RegisteredModel(
        name=plan.spec.model,
        spec_yaml=plan.spec_yaml,
        spec_folder=str(plan.folder.resolve()),
        registered_at=plan.history.times[0],
    )
    ports.models.save(model)
    return desk_of(model, ports, stage.settings, progress.epoch)


def _first_champion(plan: Plan, first: int, now: datetime) -> None:
    from flows.train_flow import train_flow  # Prefect reads its environment at import, and the stage set it

    train_flow(plan.spec.model, data=str(plan.data.resolve()) if plan.data else None, rows=first, now=now)


def _play(
    desk: Desk, rows: Sequence[Row], traffic: Traffic, press: BackgroundPress, progress: Progress
) -> list[Answer]:
    """Every batch: answered, then labels that have come, then one look at the model, then what it asks for."""
    answers: list[Answer] = []
    late, references, stored = LateLabels(desk.spec.label_delay), References(desk), rows[0].time
    progress.begin("production", len(rows))
    for batch in batches(rows, desk.spec.monitoring):
        now = batch[-1].time
        answers += [given.value for given in traffic.predict(batch)]
        late.answered(batch)
        traffic.label(late.due(now))
        _look(desk, references, press, traffic, progress, now)
        progress.advance(len(batch))
        if now - stored >= STORED_EVERY:
            accrue_storage(desk, start=stored, end=now)
            stored = now
    accrue_storage(desk, start=stored, end=rows[-1].time)
    return answers


def _look(
    desk: Desk, references: References, press: BackgroundPress, traffic: Traffic, progress: Progress, now: datetime
) -> None:
    """Monitor as a plain call; a retraining it asks for is a real flow run, and its champion serves the next batch."""
    from flows.retrain_flow import retrain_flow
    from flows.watch_flow import watch_flow

    found = monitor(desk, references, press, now=now)
    if found.trigger is not None and found.trigger.state == "accepted":
        run = retrain_flow(desk.spec.model, now=now, return_state=True)
        _tell_failure(run.result(raise_on_failure=False), progress)
    elif found.measured and watch(desk, now=now) in ACTS:
        watch_flow(desk.spec.model, now=now)
    champion = desk.ports.versions.champion(desk.spec.model)
    if champion is not None:
        traffic.wait_for_version(champion.version)


def _tell_failure(came_of_it: object, progress: Progress) -> None:
    """A training that failed is on record with its cost, and production goes on; anything else is ours to raise."""
    if isinstance(came_of_it, DataError | TrainingFailed):
        progress.say(f"a retraining failed: {came_of_it}")
    elif isinstance(came_of_it, Exception):
        raise came_of_it


def _await_pages(press: BackgroundPress, progress: Progress) -> None:
    progress.begin("Evidently's pages", press.ordered)
    for problem in press.finished():
        progress.advance(1)
        if problem:
            progress.say(problem)


def _bystanders(plan: Plan, desk: Desk, first: int) -> tuple[list[Answer], list[Answer]]:
    """What the frozen first champion and the simple model, trained on the same first rows, answer to the rest."""
    everything = examples_of(plan.history)
    rest = everything.cut(first, len(everything))
    champion = desk.bundle(desk.ports.versions.get(plan.spec.model, 1).sha256)
    material = first_material(everything.cut(0, first))
    simple = fit_baseline(
        plan.spec.baseline_in_force,
        material.train.frame,
        material.train.target,
        spec=plan.spec,
        schema=champion.schema,
        allowed_modules=desk.allowed_modules,
    )
    return list(answers_of(champion, rest).values), simple.predict(rest.frame)
