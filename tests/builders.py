"""Small synthetic worlds for the tests of the loop: a stream whose concept changes, a desk on doubles, traffic.

The stream has two numbers, one category and one carried column; the class is `up` where their weighted sum is
positive, and from `change` on the weight of the second number is turned round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from flows.desk import Desk
from flows.retraining.retrain import Outcome, train_first
from flows.training.examples import Examples
from infra.domain.alerts import Trigger, TriggerState
from infra.domain.decisions import Champion
from infra.domain.predictions import Answered, Label, Prediction
from infra.domain.values import Answer, Feature
from infra.memory import memory_ports
from infra.model.schema import ColumnKind
from infra.ports import Ports
from infra.spec import ModelSpec

MODEL = "stream"
START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS: dict[str, ColumnKind] = {"x": "numeric", "y": "numeric", "site": "categorical", "line": "carried"}
FAST: dict[str, object] = {"hidden": [8], "epochs": 12, "patience": 4, "batch_size": 64, "learning_rate": 0.02}


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def spec(task: str = "classification", **sections: object) -> ModelSpec:
    """A model file for the stream with a fast learner; sections replace those given here."""
    given: dict[str, object] = {
        "model": MODEL,
        "task": task,
        "cost_center": "tests",
        "data": {"source": "stream.csv", "target": "truth", "slices": ["line"]},
        "learner": FAST,
        "monitoring": {"window": "100 rows", "reports": "none"},
        "labels": {"expected_delay": "50 rows"},
        "retraining": {"min_labels": 100},
        "costs": {"cpu_hour": 3600.0, "currency": "EUR"},
    }
    return ModelSpec.model_validate({**given, **sections})


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Rows in time order, one a minute; `truth` is a class, or a number for regression."""

    frame: pd.DataFrame
    truth: tuple[Answer, ...]

    def features(self, row: int) -> dict[str, Feature]:
        return {str(name): value for name, value in self.frame.iloc[row].to_dict().items()}

    def examples(self, stop: int) -> Examples:
        """The first rows as a history: never predicted."""
        return Examples(
            frame=self.frame.iloc[:stop].reset_index(drop=True),
            target=self.truth[:stop],
            times=tuple(minute(row) for row in range(stop)),
            ids=tuple(f"history-{row}" for row in range(stop)),
            seqs=(0,) * stop,
        )


def stream(rows: int, *, change: int | None = None, seed: int = 0, task: str = "classification") -> Stream:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=rows), rng.normal(size=rows)
    turned = np.where(np.arange(rows) >= (rows if change is None else change), -1.0, 1.0)
    score = x + 1.5 * turned * y
    frame = pd.DataFrame(
        {
            "x": x,
            "y": y,
            "site": rng.choice(["north", "south"], size=rows),
            "line": rng.choice(["1", "2"], size=rows),
        }
    )
    truth = ["up" if value > 0 else "down" for value in score] if task == "classification" else score.tolist()
    return Stream(frame=frame, truth=tuple(truth))


def examples(rows: int, *, first: int = 0, seq: int | None = None, seed: int = 0) -> Examples:
    """Examples with ids `e{first}...`; predicted ones when `seq` says where the first stands."""
    made = stream(rows, seed=seed)
    return Examples(
        frame=made.frame,
        target=made.truth,
        times=tuple(minute(first + row) for row in range(rows)),
        ids=tuple(f"e{first + row}" for row in range(rows)),
        seqs=(0,) * rows if seq is None else tuple(range(seq, seq + rows)),
    )


def prediction(seq: int, value: Answer = "up", **changes: object) -> Prediction:
    given: dict[str, object] = {
        "model": MODEL,
        "id": f"p{seq}",
        "time": minute(seq),
        "features": {"x": 0.5, "y": -0.5, "site": "north", "line": "1"},
        "value": value,
        "version": 1,
        "confidence": 0.8,
    }
    return Prediction(**{**given, **changes})  # type: ignore[arg-type]  # a test names only what it is about


def answered(seq: int, value: Answer = "up", truth: Answer | None = "up", **changes: object) -> Answered:
    label = None if truth is None else Label(model=MODEL, prediction_id=f"p{seq}", value=truth, time=minute(seq))
    return Answered(seq=seq, prediction=prediction(seq, value, **changes), label=label)


def trigger(name: str = "t1", *, at: datetime = START, state: TriggerState = "accepted", **evidence: object) -> Trigger:
    known: Mapping[str, object] = evidence
    return Trigger(
        id=name,
        model=MODEL,
        at=at,
        source="policy",
        state=state,
        reason="It has become worse.",
        policy="cost_aware",
        evidence=known,  # type: ignore[arg-type]  # a test names only what it is about
    )


@dataclass
class Loop:
    """A desk on doubles with a stream: it serves rows with the present champion, and labels them when told to."""

    desk: Desk
    stream: Stream
    sent: int
    """Rows of the stream that trained the first champion or were served."""
    first: int = field(init=False)

    def __post_init__(self) -> None:
        self.first = self.sent

    @property
    def ports(self) -> Ports:
        return self.desk.ports

    @property
    def now(self) -> datetime:
        """Event time of the last row sent."""
        return minute(self.sent - 1)

    def champion(self) -> Champion:
        champion = self.ports.versions.champion(MODEL)
        assert champion is not None
        return champion

    def token(self) -> int:
        """The token of a new lease, which nobody holds any more."""
        leases = self.ports.leases
        lease = leases.acquire(MODEL, "a test", self.desk.clock(), 60.0)
        leases.release(lease)
        return lease.token

    def serve(self, rows: int) -> range:
        """Answer the next rows with the champion; the places in the stream that were answered."""
        found = self.desk.champion()
        assert found is not None
        champion, bundle = found
        places = range(self.sent, self.sent + rows)
        asked = [self.stream.features(place) for place in places]
        parsed = bundle.schema.parse(asked)
        assert not parsed.errors, parsed.errors
        answers = bundle.answer(parsed.block)
        self.ports.predictions.add(
            [
                Prediction(
                    model=MODEL,
                    id=f"row-{place}",
                    time=minute(place),
                    features=features,
                    value=value,
                    version=champion.version,
                    confidence=None if answers.confidences is None else answers.confidences[offset],
                )
                for offset, (place, features, value) in enumerate(zip(places, asked, answers.values, strict=True))
            ]
        )
        self.sent += rows
        return places

    def label(self, places: Sequence[int], *, at: datetime | None = None) -> None:
        """Tell the truth about rows of the stream; it became known at `at` (now)."""
        self.ports.labels.add(
            [
                Label(model=MODEL, prediction_id=f"row-{place}", value=self.stream.truth[place], time=at or self.now)
                for place in places
            ]
        )

    def accuracy(self, places: Sequence[int]) -> float:
        """Share of these rows that were answered right."""
        right = [
            self.ports.predictions.get(MODEL, f"row-{place}").prediction.value == self.stream.truth[place]
            for place in places
        ]
        return sum(right) / len(right)


def desk_for(folder: Path, model: ModelSpec | None = None) -> Desk:
    """A desk on doubles."""
    return Desk(spec=model or spec(), folder=folder, ports=memory_ports(folder), clock=lambda: START)


def started(folder: Path, made: Stream, first: int, model: ModelSpec | None = None) -> tuple[Loop, Outcome]:
    """A loop whose first champion was trained on the first rows of the stream."""
    desk = desk_for(folder, model)
    outcome = train_first(desk, made.examples(first), KINDS, now=minute(first - 1))
    return Loop(desk=desk, stream=made, sent=first), outcome
