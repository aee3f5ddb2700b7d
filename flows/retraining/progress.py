"""How far a training is, where another process can read it: `progress/<run>.jsonl` under the artifacts.

One JSON object a line, appended whole, oldest first; `infra.progress` reads it. Every line has `event`, `run`, `model`
and `at` (UTC). `began` has `epochs` (the most there can be), `rows` and `start`; `epoch` the figures of one epoch (see
`flows.training.observing`) with `metric` (what `validation_score` is), `seconds_left` (at most), `cost_so_far` and
`currency`; `ended` has `state` (`trained` or `failed`), `message` and `notes`. A run that is resumed goes on in the
same file, with another `began`. A file without an `ended` line is of a training under way, or of one that was killed:
the run's record says which.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from flows.training.fitting import Epoch, Fitted
from infra.domain.decisions import TrainingRun
from infra.domain.errors import DataError, TrainingFailed
from infra.progress import progress_file
from infra.spec import ModelSpec


class Progress:
    """Appends to one run's file."""

    def __init__(self, artifacts: Path, run: TrainingRun, spec: ModelSpec, clock: Callable[[], datetime]) -> None:
        self._path = progress_file(artifacts, run.id)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._run, self._spec, self._clock = run, spec, clock

    def epoch(self, epoch: Epoch, cost_so_far: float | None) -> None:
        """One epoch is done."""
        metric = "accuracy" if self._spec.task == "classification" else "mean absolute error"
        self._tell(
            "epoch",
            {**asdict(epoch), "metric": metric, "cost_so_far": cost_so_far, "currency": self._spec.costs.currency},
        )

    @contextmanager
    def training(self) -> Iterator[Callable[[Fitted], None]]:
        """Around the training: its beginning, and its end by what the block gives or raises."""
        self._tell("began", {"epochs": self._spec.learner.epochs, "rows": self._run.rows, "start": self._run.start})
        try:
            yield lambda fitted: self._tell(
                "ended", {"state": "trained", "message": _kept(fitted), "notes": list(fitted.notes)}
            )
        except (DataError, TrainingFailed) as problem:
            self._tell("ended", {"state": "failed", "message": str(problem), "notes": []})
            raise

    def _tell(self, event: str, figures: Mapping[str, object]) -> None:
        record = {"event": event, "run": self._run.id, "model": self._spec.model, "at": self._clock().isoformat()}
        line = json.dumps({**record, **figures}) + "\n"
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(file, line.encode())  # one write, which appends whole
        finally:
            os.close(file)


def _kept(fitted: Fitted) -> str:
    if fitted.best_epoch == 0:
        return f"none of {len(fitted.epochs)} epochs improved on the weights it started from, which were kept"
    return f"epoch {fitted.best_epoch} of {len(fitted.epochs)} was the best, and was kept"
