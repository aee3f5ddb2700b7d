"""Gather what a run shows beside its decision. A part that fails is left out with its reason: the decision stands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from flows.desk import Desk
from flows.dossier.evidence import Evidence, Part
from flows.promotion import Comparison, losses
from flows.retraining.merit import Learnt, weigh
from flows.retraining.provenance import provenance_of
from flows.rows.ordering import Order
from flows.training.baseline import SimpleModel
from flows.training.examples import Examples
from flows.training.fitting import Fitted
from flows.training.learning_curve import Lesson, measure_curve
from flows.trial.judging import answers_of
from infra.domain.decisions import TrainingRun
from infra.domain.errors import KeepsharpError
from infra.domain.learning import LearningCurve
from infra.domain.merit import Merit
from infra.ports import TrackedRun
from monitoring.drawing import even_places

T = TypeVar("T")
LEARNT_ROWS = 2_000
"""Training rows that the gap to later ones is measured on, spread evenly: more would say no more."""
_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Gatherer:
    """A run that came to its decision, and what it was decided on."""

    desk: Desk
    run: TrainingRun
    asked: Order
    fitted: Fitted
    simple: SimpleModel
    comparison: Comparison
    unmeasured: dict[Part, str] = field(default_factory=dict)

    def curve(self, tracked: TrackedRun) -> LearningCurve | None:
        """The learning curve, where it is switched on; its points go to the tracker by their rows."""
        if not self.desk.spec.evidence.learning_curve:
            self.unmeasured["learning_curve"] = "it is switched off in the model file (evidence.learning_curve)"
            return None
        if self.asked.material.whole is not None:
            self.unmeasured["learning_curve"] = "the history is too large to be learnt again from shares of it"
            return None
        curve = self._tried("learning_curve", self._curve)
        _tell(curve, tracked)
        return curve

    def gather(self, curve: LearningCurve | None) -> Evidence:
        """The rest, beside the curve."""
        return Evidence(
            provenance=self._tried("provenance", lambda: provenance_of(self.desk, self.run, self.asked, self.fitted)),
            learning_curve=curve,
            merit=self._tried("merit", self._merit),
            unmeasured=self.unmeasured,
        )

    def _tried(self, part: Part, measure: Callable[[], T]) -> T | None:
        try:
            return measure()
        except (KeepsharpError, ArithmeticError, ValueError, LookupError) as problem:
            _log.exception("%s of run %s of %s was not measured", part, self.run.id, self.run.model)
            self.unmeasured[part] = f"{type(problem).__name__}: {problem}"
            return None

    def _curve(self) -> LearningCurve:
        lesson = Lesson(
            spec=self.desk.spec,
            material=self.asked.material,
            kinds=self.asked.kinds,
            start=self.asked.start,
            fitted=self.fitted,
            allowed_modules=self.desk.allowed_modules,
        )
        return measure_curve(lesson, self.comparison.candidate)

    def _merit(self) -> Merit:
        task, train, champion = self.desk.spec.task, self._some_of(self.asked.material.train), self.asked.champion
        learnt = Learnt(
            network=losses(task, answers_of(self.fitted.bundle, train).values, train.target),
            simple=losses(task, self.simple.predict(train.frame), train.target),
        )
        compared = champion if self.comparison.champion is not None else None
        since = compared.since if compared is not None else self.run.data_start or self.run.at
        return weigh(
            self.comparison,
            learnt,
            version=None if compared is None else compared.version,
            labels=self.asked.material.fresh_rows,
            days=max((self.run.at - since) / _DAY, 0.0),
        )

    def _some_of(self, train: Examples) -> Examples:
        if len(train) <= LEARNT_ROWS:
            return train
        return train.take(even_places(len(train), LEARNT_ROWS))


def _tell(curve: LearningCurve | None, tracked: TrackedRun) -> None:
    if curve is None:
        return
    for point in curve.points:
        figures, metric = {"": point.value, "_low": point.low, "_high": point.high}, curve.metric
        tracked.metrics({f"learning_curve/{metric}{end}": value for end, value in figures.items()}, step=point.rows)
