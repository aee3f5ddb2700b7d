"""Champion, candidate and simple model answer the same held-out rows: the losses that a promotion is decided on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flows.promotion import Comparison, Golden, Load, Losses, headline, losses
from flows.training.examples import Examples
from infra.domain.predictions import Answered
from infra.domain.values import Answer
from infra.model.bundle import Answers, ModelBundle
from infra.spec import ModelSpec

SURE = 0.9


def compare(
    spec: ModelSpec,
    holdout: Examples,
    *,
    candidate: ModelBundle,
    champion: ModelBundle | None,
    baseline: Sequence[Answer],
    golden: Golden | None = None,
    load: Load | None = None,
) -> Comparison:
    """Losses of every side on the held-out rows; `baseline` holds the simple model's answers to them."""
    new = answers_of(candidate, holdout)
    old = None if champion is None else answers_of(champion, holdout)
    sure = np.zeros(len(holdout), dtype=np.bool_)
    if old is not None and old.confidences is not None:
        sure = np.asarray(old.confidences) >= SURE
    return Comparison(
        task=spec.task,
        candidate=losses(spec.task, new.values, holdout.target),
        champion=None if old is None else losses(spec.task, old.values, holdout.target),
        baseline=losses(spec.task, baseline, holdout.target),
        sure=sure,
        slices=holdout.columns(spec.data.slices),
        candidate_confidence=_confidences(new),
        champion_confidence=None if old is None else _confidences(old),
        golden=golden,
        load=load,
    )


def compare_given(
    spec: ModelSpec, examples: Examples, rows: Sequence[Answered], *, candidate: ModelBundle
) -> Comparison:
    """Losses of a candidate beside what was answered to the same labelled rows; nobody else is asked."""
    new = answers_of(candidate, examples) if len(examples) else Answers(values=(), probabilities=None, confidences=None)
    given = [row.prediction for row in rows]
    sure = np.array([(one.confidence or 0.0) >= SURE for one in given], dtype=np.bool_)
    before = losses(spec.task, [one.value for one in given], examples.target)
    known = [one.confidence for one in given if one.confidence is not None]
    return Comparison(
        task=spec.task,
        candidate=losses(spec.task, new.values, examples.target),
        champion=before,
        baseline=before,
        sure=sure,
        slices=examples.columns(spec.data.slices),
        candidate_confidence=_confidences(new),
        champion_confidence=np.asarray(known) if given and len(known) == len(given) else None,
    )


def _confidences(answers: Answers) -> Losses | None:
    return None if answers.confidences is None else np.asarray(answers.confidences)


def sides(comparison: Comparison) -> dict[str, float]:
    """The headline metric of champion and simple model on the held-out rows, as a run keeps them."""
    metric = "accuracy" if comparison.task == "classification" else "mae"
    known = {"baseline": comparison.baseline, "champion": comparison.champion}
    return {f"{name}_{metric}": headline(side, comparison.task) for name, side in known.items() if side is not None}


def answers_of(bundle: ModelBundle, examples: Examples) -> Answers:
    """What a bundle answers to these rows."""
    return bundle.answer(bundle.schema.encode(examples.frame))
