"""Trained models by what they were trained from: each distinct one is trained once, whichever policies ask for it.

What a training cost is measured when it is trained, and kept with it, so that every policy that uses it is charged
the same. With a folder, models outlast the process and are shared between processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from flows.backtest.stream import Batch, Stream
from flows.training.choosing_rows import WARM_EPOCHS, spec_of_update
from flows.training.fitting import fit
from infra.model.bundle import ModelBundle


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """A model of the bank. `cpu_seconds` is what its own training took; `through` the first row it has not learnt;
    `calibrated_on` the first and last of the rows that it was stopped or calibrated on, as slicing counts."""

    key: str
    bundle: ModelBundle
    cpu_seconds: float
    through: int
    calibrated_on: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What to train: from which model (None: from scratch), on which rows, and whether in a few passes only."""

    start: Trained | None
    learn: np.ndarray
    validate: np.ndarray
    short: bool = False

    @property
    def through(self) -> int:
        """The first row that it has not learnt."""
        return int(max(self.learn.max(), self.validate.max())) + 1

    @property
    def calibrated_on(self) -> tuple[int, int]:
        """The span of the rows that stop and calibrate it."""
        return int(self.validate.min()), int(self.validate.max()) + 1


@dataclass
class Bank:
    """The models trained on one stream with one seed."""

    stream: Stream
    seed: int
    folder: Path | None = None
    allowed_modules: Sequence[str] = ()
    trained: int = 0
    _models: dict[str, Trained] = field(default_factory=dict)
    _lessons: dict[str, Lesson] = field(default_factory=dict)
    _losses: dict[tuple[str, int, int], tuple[np.ndarray, float]] = field(default_factory=dict)

    def train(self, lesson: Lesson) -> Trained:
        """The model of this lesson, trained now if nobody asked for it before.

        Raises:
            TrainingFailed: the rows cannot be learnt from.
        """
        key = self._key(lesson)
        if key not in self._models:
            self._models[key] = self._load(key, lesson) or self._train(key, lesson)
            self._lessons[key] = lesson
        return self._models[key]

    def time_again(self, key: str) -> float:
        """CPU seconds of training this model once more, now: for a fair comparison on a machine whose load changes."""
        return self._fit(self._lessons[key])[1]

    def losses(self, model: Trained, batch: Batch) -> tuple[np.ndarray, float]:
        """(loss of each row of the batch: 0 or 1, or the absolute error; CPU seconds that answering took)."""
        return self.losses_on(model, batch.start, batch.stop)

    def losses_on(self, model: Trained, start: int, stop: int) -> tuple[np.ndarray, float]:
        """As `losses`, on the rows from `start` up to `stop`."""
        place = (model.key, start, stop)
        if place not in self._losses:
            began = time.thread_time()
            rows, truth = self.stream.frame.take(np.arange(start, stop)), self.stream.truth[start:stop]
            values = model.bundle.answer(model.bundle.schema.encode(rows)).values
            if self.stream.spec.task == "classification":
                found = (np.array(values, dtype=object) != truth).astype(np.float64)
            else:
                found = np.abs(np.array(values, dtype=np.float64) - truth)
            self._losses[place] = found, time.thread_time() - began
        return self._losses[place]

    def _key(self, lesson: Lesson) -> str:
        digest = hashlib.sha256(self.stream.identity.encode())
        start = "" if lesson.start is None else lesson.start.key
        digest.update(
            json.dumps([start, self.seed, WARM_EPOCHS if lesson.short or lesson.start is None else 0]).encode()
        )
        for places in (lesson.learn, lesson.validate):
            digest.update(np.ascontiguousarray(places, dtype=np.int64).data)
        return digest.hexdigest()

    def _train(self, key: str, lesson: Lesson) -> Trained:
        bundle, seconds = self._fit(lesson)
        self.trained += 1
        model = Trained(
            key=key,
            bundle=bundle,
            cpu_seconds=seconds,
            through=lesson.through,
            calibrated_on=lesson.calibrated_on,
        )
        self._save(model)
        return model

    def _fit(self, lesson: Lesson) -> tuple[ModelBundle, float]:
        """(the trained bundle, CPU seconds)."""
        spec, frame = self.stream.spec, self.stream.frame
        if lesson.short:
            spec = spec_of_update(spec)
        began = time.thread_time()
        fitted = fit(
            frame.take(lesson.learn),
            self.stream.target(lesson.learn),
            frame.take(lesson.validate),
            self.stream.target(lesson.validate),
            spec=spec,
            kinds=self.stream.kinds,
            start=None if lesson.start is None else lesson.start.bundle,
            seed=self.seed,
            provenance={},
            allowed_modules=self.allowed_modules,
        )
        return fitted.bundle, time.thread_time() - began

    def _save(self, model: Trained) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        config, weights = model.bundle.pack()
        about = {"sha256": model.bundle.sha256, "cpu_seconds": model.cpu_seconds, "config": config}
        for name, content in ((f"{model.key}.safetensors", weights), (f"{model.key}.json", json.dumps(about).encode())):
            unfinished = self.folder / f"{name}.{os.getpid()}"
            unfinished.write_bytes(content)
            unfinished.replace(self.folder / name)

    def _load(self, key: str, lesson: Lesson) -> Trained | None:
        """The model that an earlier process kept; its JSON is written last, so that it is whole or absent."""
        if self.folder is None or not (self.folder / f"{key}.json").exists():
            return None
        about = json.loads((self.folder / f"{key}.json").read_text())
        weights = (self.folder / f"{key}.safetensors").read_bytes()
        bundle = ModelBundle.unpack(about["config"], weights, about["sha256"], self.allowed_modules)
        return Trained(
            key=key,
            bundle=bundle,
            cpu_seconds=about["cpu_seconds"],
            through=lesson.through,
            calibrated_on=lesson.calibrated_on,
        )
