"""What a training would have reached with a half, a quarter and an eighth of its labels (question 2 of the dossier).

The same trainer learns from the same start on labels drawn at random, with half of the patience, as often as the
compute of the training itself allows; rows are read once for all. It never touches the candidate or its random state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from flows.promotion import losses
from flows.training.curve_figures import Losses, read_curve
from flows.training.fitting import Epoch, Fitted, fit
from flows.training.fractions import LEAST_EPOCHS, LEAST_ROWS, RESERVED, SHARES, Purse, drawing_order, next_share
from flows.training.material import Material
from flows.training.pretrained import Pretrained
from infra.domain.errors import TrainingFailed
from infra.domain.learning import LearningCurve
from infra.model.bundle import ModelBundle
from infra.model.read_frame import ReadFrame
from infra.model.schema import ColumnKind
from infra.spec import ModelSpec

TEACHING = 0.88
"""Share of the training's compute at which the curve stops training; reading it takes some as well."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What the training was given, and what it gave."""

    spec: ModelSpec
    material: Material
    kinds: dict[str, ColumnKind]
    start: ModelBundle | Pretrained | None
    fitted: Fitted
    allowed_modules: Sequence[str] = ()


class _SpentError(Exception):
    """The curve took as much compute as the training did."""


def measure_curve(lesson: Lesson, full: Losses) -> LearningCurve:
    """Train on shares of the labels, and read the curve; `full` are the candidate's losses on the held-out rows.

    Raises:
        DataError: a value that its column's kind cannot hold.
        Refused, SpecError: the user's own network is not allowed, or does not fit.
    """
    fitted, rows = lesson.fitted, len(lesson.material.train)
    on_gpu = fitted.gpu_seconds is not None
    clock, taken = (time.perf_counter, fitted.wall_seconds) if on_gpu else (time.thread_time, fitted.cpu_seconds)
    began = clock()
    school = School(lesson, lambda: clock() > began + TEACHING * taken)
    school.teach_all()
    curve = read_curve(
        {**school.losses, 1.0: [full]},
        spec=lesson.spec,
        rows=rows,
        started=str(fitted.bundle.provenance["started"]),
        training_seconds=taken,
        on_gpu=on_gpu,
        notes=tuple(school.notes),
    )
    return replace(curve, seconds=clock() - began)


class School:
    """The rows, read once; the trainings so far, their losses on the held-out rows and how many epochs each took."""

    def __init__(self, lesson: Lesson, is_spent: Callable[[], bool]) -> None:
        self._lesson, self._is_spent = lesson, is_spent
        material, kinds = lesson.material, lesson.kinds
        self._train, self._validation, self._holdout = (
            ReadFrame.read(part.frame, kinds) for part in (material.train, material.validation, material.holdout)
        )
        self._purse = Purse(
            rows=len(material.train), validation=len(material.validation), epochs=len(lesson.fitted.epochs)
        )
        self._orders: list[npt.NDArray[np.int64]] = []
        self.losses: dict[float, list[Losses]] = {}
        self.epochs: dict[float, list[int]] = {share: [] for share in SHARES}
        self.notes: list[str] = []

    def teach_all(self) -> None:
        """Every share once, the half first, and then again as often as is affordable."""
        try:
            for share in SHARES:
                self._once(share)
            while (share_again := next_share(self._purse, self.epochs)) is not None:
                self._teach(share_again, self._purse.epochs_for(share_again))
        except _SpentError:
            self.notes.append("It was stopped at the limit of its compute, which is what the training took.")

    def _once(self, share: float) -> None:
        rows, epochs = int(share * len(self._train)), self._purse.epochs_for(share, RESERVED[share])
        if rows < LEAST_ROWS:
            self.notes.append(f"{_named(share)} of the labels, {rows} rows, are too few to train on.")
        elif epochs < LEAST_EPOCHS:
            self.notes.append(f"{_named(share)} was not reached: it would have cost more than the training itself.")
        else:
            self._teach(share, epochs)

    def _teach(self, share: float, most_epochs: int) -> None:
        draw, lesson = len(self.epochs[share]), self._lesson
        places = np.sort(self._order(draw)[: int(share * len(self._train))])
        try:
            fitted = self._fit(places, min(most_epochs, lesson.spec.learner.epochs), seed=draw + 1)
        except TrainingFailed as problem:
            self.notes.append(f"{_named(share)} of the labels could not be learnt from: {problem}")
            self.epochs[share] = []  # and it is not tried again
            return
        self.epochs[share].append(len(fitted.epochs))
        self._purse.spend(share, len(fitted.epochs))
        answers = fitted.bundle.answer(fitted.bundle.schema.encode(self._holdout))
        found = losses(lesson.spec.task, answers.values, lesson.material.holdout.target)
        self.losses.setdefault(share, []).append(found)

    def _fit(self, places: npt.NDArray[np.int64], epochs: int, *, seed: int) -> Fitted:
        lesson, material = self._lesson, self._lesson.material
        learner = lesson.spec.learner
        shorter = {"epochs": epochs, "patience": -(-learner.patience // 2), "processes": 1}
        return fit(
            self._train.take(places),
            [material.train.target[place] for place in places],
            self._validation,
            material.validation.target,
            spec=lesson.spec.model_copy(update={"learner": learner.model_copy(update=shorter)}),
            kinds=lesson.kinds,
            start=lesson.start,
            seed=learner.seed + seed,
            provenance={},
            on_epoch=self._watch,
            allowed_modules=lesson.allowed_modules,
        )

    def _watch(self, _: Epoch) -> None:
        if self._is_spent():
            raise _SpentError

    def _order(self, draw: int) -> npt.NDArray[np.int64]:
        lesson = self._lesson
        while len(self._orders) <= draw:
            seed = [lesson.spec.learner.seed, len(self._orders)]
            self._orders.append(drawing_order(lesson.material.train.target, lesson.spec.task, seed))
        return self._orders[draw]


def _named(share: float) -> str:
    return {0.5: "Half", 0.25: "A quarter", 0.125: "An eighth"}[share]
