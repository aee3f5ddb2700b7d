"""A model at work in memory, whose labels can be poisoned: the flows of the service on the doubles of its ports.

The class follows from two numbers and a site; one row in fifty is labelled wrongly by itself. Labels come with the next
batch, from one source or from two in turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.monitor import monitor
from flows.retraining.retrain import retrain, train_first
from flows.training.examples import Examples
from flows.windows.references import References
from infra.domain.alerts import Trigger
from infra.domain.errors import DataError
from infra.domain.predictions import Label, Prediction
from infra.memory import memory_ports
from infra.model.schema import ColumnKind
from infra.spec import ModelSpec

MODEL = "poisoned"
KINDS: dict[str, ColumnKind] = {"x": "numeric", "y": "numeric", "z": "numeric", "site": "categorical"}
SITES = ("north", "south", "east", "west")
FIRST, BATCH = 1_500, 250
NOISE = 0.02
START = datetime(2024, 1, 1, tzinfo=UTC)
Poison = Callable[[pd.DataFrame, np.random.Generator], np.ndarray]
"""Which of these rows get the wrong label, n booleans."""


@dataclass
class World:
    """One model with its stream; `poison` is applied to the labels of what is served."""

    folder: Path
    seed: int
    golden: bool
    sources: tuple[str, ...]
    poison: Poison
    approval: str = "auto"
    real_change: bool = False
    """The poison is the truth, which the trusted set has as well: a world that changed."""
    desk: Desk = field(init=False)
    references: References = field(init=False)
    rng: np.random.Generator = field(init=False)
    sent: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 17])
        self.desk = Desk(spec=self._spec(), folder=self.folder, ports=memory_ports(self.folder), clock=lambda: START)
        if self.golden:
            frame, truth = self._rows(500)
            if self.real_change:
                truth = np.where(self.poison(frame, self.rng), _other(truth), truth)
            frame.assign(truth=truth).to_csv(self.folder / "golden.csv", index=False)
        train_first(self.desk, self._history(), KINDS, now=self.now)
        self.references = References(self.desk)

    @property
    def now(self) -> datetime:
        """Event time of the last row."""
        return START + timedelta(minutes=self.sent)

    def serve(self, batches: int) -> None:
        """Answer rows, tell their labels, and look at the model, batch after batch."""
        for _ in range(batches):
            self._batch()
            monitor(self.desk, self.references, lambda *_: None, now=self.now)

    def retrain(self) -> str:
        """Answer a trigger now: the decision in a word, or `held back` where too few labels are left to learn from."""
        trigger = Trigger(
            id=f"t{self.sent}",
            model=MODEL,
            at=self.now,
            source="policy",
            state="accepted",
            reason="benchmark",
            policy="never",
            evidence={},
        )
        try:
            return retrain(self.desk, trigger, now=self.now).decision.kind
        except DataError as problem:
            if "too few" not in str(problem):
                raise
            return "held back"

    def alerted(self) -> set[str]:
        """Rules about labels that an alert was opened for, standing or resolved since."""
        found = self.desk.ports.alerts.page(MODEL, 100)
        return {
            one.rule for one in found if one.rule in ("labels_suspect", "labels_quarantined") and one.state != "pending"
        }

    def _batch(self) -> None:
        found = self.desk.champion()
        assert found is not None
        champion, bundle = found
        frame, truth = self._rows(BATCH)
        flipped = self.poison(frame, self.rng)
        answers = bundle.answer(bundle.schema.encode(frame))
        names = [f"row-{self.sent + place}" for place in range(BATCH)]
        assert answers.probabilities is not None
        assert answers.confidences is not None
        assert bundle.classes is not None
        predictions = [
            Prediction(
                model=MODEL,
                id=name,
                time=START + timedelta(minutes=self.sent + place),
                features={str(key): value for key, value in frame.iloc[place].to_dict().items()},
                value=answers.values[place],
                version=champion.version,
                probabilities=dict(zip(bundle.classes, answers.probabilities[place].tolist(), strict=True)),
                confidence=answers.confidences[place],
            )
            for place, name in enumerate(names)
        ]
        self.desk.ports.predictions.add(predictions)
        self.sent += BATCH
        self.desk.ports.labels.add([self._label(name, place, truth, flipped) for place, name in enumerate(names)])

    def _label(self, name: str, place: int, truth: np.ndarray, flipped: np.ndarray) -> Label:
        """The first source alone is poisoned."""
        source = self.sources[place % len(self.sources)]
        wrong = flipped[place] and source == self.sources[0]
        value = str(_other(truth)[place] if wrong else truth[place])
        return Label(model=MODEL, prediction_id=name, value=value, time=self.now, source=source)

    def _history(self) -> Examples:
        frame, truth = self._rows(FIRST)
        self.sent = FIRST
        return Examples(
            frame=frame,
            target=tuple(str(value) for value in truth),
            times=tuple(START + timedelta(minutes=row) for row in range(FIRST)),
            ids=tuple(f"history-{row}" for row in range(FIRST)),
            seqs=(0,) * FIRST,
        )

    def _rows(self, count: int) -> tuple[pd.DataFrame, np.ndarray]:
        numbers = self.rng.normal(size=(count, 3))
        frame = pd.DataFrame(numbers, columns=["x", "y", "z"])
        frame["site"] = self.rng.choice(SITES, size=count)
        score = frame["x"] + 1.5 * frame["y"] + np.where(frame["site"] == "north", 0.8, 0.0)
        truth = np.where(score > 0, "good", "scrap")
        return frame, np.where(self.rng.random(count) < NOISE, _other(truth), truth)

    def _spec(self) -> ModelSpec:
        return ModelSpec.model_validate(
            {
                "model": MODEL,
                "task": "classification",
                "data": {"source": "none.csv", "target": "truth", "slices": ["site"]},
                "learner": {"hidden": [16], "epochs": 15, "patience": 4, "batch_size": 64, "learning_rate": 0.02},
                "labels": {"expected_delay": f"{BATCH} rows", **({"golden": "golden.csv"} if self.golden else {})},
                "monitoring": {"window": f"{BATCH} rows", "reports": "none"},
                "retraining": {"policy": "never"},
                "promotion": {"approval": self.approval},
            }
        )


def _other(truth: np.ndarray) -> np.ndarray:
    return np.where(truth == "good", "scrap", "good")


def flip_at_random(share: float) -> Poison:
    """Any row, by this share."""
    return lambda frame, rng: rng.random(len(frame)) < share


def flip_site(site: str, share: float) -> Poison:
    """Rows of one site, by this share."""
    return lambda frame, rng: (frame["site"] == site).to_numpy() & (rng.random(len(frame)) < share)


def flip_where_large(column: str, least: float) -> Poison:
    """Every row with a large value: a slice that no column names."""
    return lambda frame, _rng: (frame[column] > least).to_numpy()
