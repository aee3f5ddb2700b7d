"""Models at work on a real database, as many as are asked for: one small network, trained once, under every name.

MLflow is left out: its doubles stand in, since what is measured is keepsharp's own. Nothing is measured here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.serving.postgres import start_postgres
from flows.desk import Desk
from flows.retraining.retrain import train_first
from flows.training.examples import Examples
from infra.domain.alerts import Trigger
from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.predictions import Label, Prediction
from infra.memory.tracking import MemoryRegistry, MemoryTracking
from infra.model.schema import ColumnKind
from infra.ports import Ports, RegisteredModel
from infra.settings import Settings
from infra.spec import ModelSpec
from infra.wiring import build_ports, forget_ports

START = datetime(2026, 1, 5, tzinfo=UTC)
FIRST = 400
"""Rows that the network is trained on."""
STEP = timedelta(seconds=1)
WRONG = 0.03
"""As often as the champion was on the rows that it was accepted on; were it more often, labels would be held back."""
_BATCH = 5_000
_LEARNER = {"hidden": [8], "epochs": 6, "patience": 3, "batch_size": 64, "learning_rate": 0.02}


def kinds_of(numbers: int, categories: int) -> dict[str, ColumnKind]:
    """Names and kinds of so many features."""
    named: dict[str, ColumnKind] = {f"n{place}": "numeric" for place in range(numbers)}
    return named | {f"c{place}": "categorical" for place in range(categories)}


def spec_of(name: str, window: str) -> ModelSpec:
    """A model file that leaves pages out; labels are due after an hour."""
    return ModelSpec.model_validate(
        {
            "model": name,
            "task": "classification",
            "cost_center": "scale",
            "data": {"source": "nowhere.csv", "target": "truth"},
            "learner": _LEARNER,
            "monitoring": {"window": window, "reports": "none"},
            "labels": {"expected_delay": "1h"},
            "retraining": {"policy": "never", "min_labels": 100},
            "evidence": {"learning_curve": False},
        }
    )


def table_of_rows(rows: int, kinds: dict[str, ColumnKind], rng: np.random.Generator) -> tuple[pd.DataFrame, list[str]]:
    """Features and truths: the class follows from the first numbers."""
    made: dict[str, np.ndarray] = {
        name: rng.normal(size=rows).round(6)
        if kind == "numeric"
        else rng.choice(np.array([f"site {place}" for place in range(10)], dtype=object), rows)
        for name, kind in kinds.items()
    }
    score = made["n0"] + made["n1"]
    return pd.DataFrame(made), ["up" if one > 0 else "down" for one in score]


@dataclass
class Fleet:
    """Models on one database. Traffic goes on from where it was; one second lies between two rows of a model."""

    ports: Ports
    folder: Path
    url: str
    """Of the database; empty for SQLite in the folder."""
    kinds: dict[str, ColumnKind]
    window: str
    rng: np.random.Generator
    crowned: Champion | None = None
    windows: dict[str, str] = field(default_factory=dict)
    """Of models that have another window than the rest."""

    def desk(self, name: str) -> Desk:
        """Where the model is worked on; leases run on the wall clock."""
        return Desk(spec=spec_of(name, self.windows.get(name, self.window)), folder=self.folder, ports=self.ports)

    def add_model(self, name: str) -> None:
        """A registered model with a champion: the first is trained, the others take its network over."""
        self.ports.models.save(
            RegisteredModel(name=name, spec_yaml=_yaml(name, self.window), spec_folder=".", registered_at=START)
        )
        if self.crowned is None:
            self._train(name)
        else:
            self._take_over(name, self.crowned)

    def add_traffic(self, name: str, rows: int, labelled: int = 1) -> datetime:
        """Answer further rows, every `labelled`-th with its label; the time of the last one."""
        seen = self.ports.predictions.last_seq(name)
        for first in range(seen, seen + rows, _BATCH):
            self._add_batch(name, first, min(_BATCH, seen + rows - first), labelled)
        return START + (seen + rows) * STEP

    def _add_batch(self, name: str, first: int, rows: int, labelled: int) -> None:
        frame, truth = table_of_rows(rows, self.kinds, self.rng)
        wrong = self.rng.random(rows) < WRONG
        given = []
        for offset, features in enumerate(frame.to_dict("records")):
            right, place = truth[offset], first + offset
            given.append(
                Prediction(
                    model=name,
                    id=f"{name}-{place}",
                    time=START + place * STEP,
                    features=features,
                    value=("down" if right == "up" else "up") if wrong[offset] else right,
                    version=1,
                    probabilities={"up": 0.9, "down": 0.1} if right == "up" else {"up": 0.1, "down": 0.9},
                    confidence=0.9,
                )
            )
        self.ports.predictions.add(given)
        self.ports.labels.add(
            [
                Label(model=name, prediction_id=one.id, value=truth[offset], time=one.time + timedelta(minutes=5))
                for offset, one in enumerate(given)
                if offset % labelled == 0
            ]
        )

    def ask_for_training(self, name: str, at: datetime) -> None:
        """An accepted trigger."""
        self.ports.triggers.save(
            Trigger(
                id=uuid.uuid4().hex,
                model=name,
                at=at,
                source="person",
                state="accepted",
                reason="It is measured what it costs.",
                policy="person",
                evidence={},
            )
        )

    def _train(self, name: str) -> None:
        frame, truth = table_of_rows(FIRST, self.kinds, self.rng)
        examples = Examples(
            frame=frame,
            target=tuple(truth),
            times=tuple(START - (FIRST - row) * STEP for row in range(FIRST)),
            ids=tuple(f"history-{row}" for row in range(FIRST)),
            seqs=(0,) * FIRST,
        )
        train_first(self.desk(name), examples, self.kinds, now=START)
        self.crowned = self.ports.versions.champion(name)
        assert self.crowned is not None

    def _take_over(self, name: str, crowned: Champion) -> None:
        known = self.ports.versions.get(crowned.model, crowned.version)
        config, weights = self.ports.versions.bundle(crowned.sha256)
        candidate = Candidate(
            model=name, version=1, sha256=crowned.sha256, run_id=known.run_id, created_at=known.created_at
        )
        self.ports.versions.add(candidate, config, weights)
        decision = PromotionDecision(
            id=uuid.uuid4().hex, model=name, at=START, kind="promote", version=1, previous_version=None, reasons=()
        )
        self.ports.versions.crown(replace(crowned, model=name, version=1, decision_id=decision.id), decision)


def _yaml(name: str, window: str) -> str:
    return (
        f"model: {name}\ntask: classification\ndata: {{source: nowhere.csv, target: truth}}\n"
        f"monitoring: {{window: {window}, reports: none}}\n"
    )


@contextmanager
def fleet_on(
    database: str, folder: Path, kinds: dict[str, ColumnKind], window: str = "100 rows", seed: int = 1
) -> Iterator[Fleet]:
    """An empty fleet on `sqlite` or `postgresql`; the latter's server is the benchmark's own.

    Raises:
        Unavailable: there is no PostgreSQL here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as closing:
        closing.callback(forget_ports)
        url = "" if database == "sqlite" else start_postgres(closing)
        settings = Settings(home=folder, database_url=url)
        yield Fleet(
            ports=ports_of(settings),
            folder=folder,
            url=url,
            kinds=kinds,
            window=window,
            rng=np.random.default_rng(seed),
        )


def ports_of(settings: Settings) -> Ports:
    """The real ports, without MLflow."""
    return replace(build_ports(settings), tracking=MemoryTracking(), registry=MemoryRegistry())
