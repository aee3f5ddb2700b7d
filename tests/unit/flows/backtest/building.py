"""A small stream whose world turns over half-way, and policies that do as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from flows.backtest.stream import Stream, cut_stream
from flows.training.examples import Examples
from infra.spec.reading import parse_spec
from monitoring.policies import How, Situation, Verdict

FILE = """model: m
task: {task}
data: {{source: f.csv, target: t}}
learner: {{hidden: [8], epochs: 8, batch_size: 64, learning_rate: 0.02}}
monitoring: {{window: 100 rows}}
labels: {{expected_delay: {delay}}}
retraining: {{min_labels: 1{more}}}
costs: {{wrong_decision: 1.0}}
"""


def turning(
    task: str = "classification", *, delay: str = "100 rows", turns: bool = True, more: str = "", rows: int = 1_200
) -> Stream:
    """200 rows to train on, then windows of 100; from row 600 on, the truth is the other way round."""
    chance = np.random.default_rng(5)
    x = chance.normal(size=(rows, 2))
    signal = x[:, 0] + 0.5 * x[:, 1]
    signal[600:] *= -1.0 if turns else 1.0
    target = ["up" if value > 0 else "down" for value in signal] if task == "classification" else signal.tolist()
    start = datetime(2024, 1, 1, tzinfo=UTC)
    examples = Examples(
        frame=pd.DataFrame(x, columns=["a", "b"]),
        target=tuple(target),
        times=tuple(start + timedelta(hours=row) for row in range(rows)),
        ids=tuple(str(row) for row in range(rows)),
        seqs=(0,) * rows,
    )
    spec = parse_spec(FILE.format(task=task, delay=delay, more=more), "m")
    return cut_stream(spec, examples, {"a": "numeric", "b": "numeric"}, first=200)


@dataclass
class Told:
    """Does what it was told after the windows it was told, and remembers what it was shown."""

    orders: dict[int, How]
    version: int | None = None
    name: str = "told"
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.seen: list[Situation] = []

    def decide(self, situation: Situation) -> Verdict:
        how = self.orders.get(len(self.seen))
        self.seen.append(situation)
        return Verdict(retrain=how is not None, reason="", evidence={}, how=how or "warm", version=self.version)
