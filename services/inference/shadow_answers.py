"""What one version says to rows that another one answered. It knows nothing of queues, threads or storage."""

from __future__ import annotations

import math
from collections.abc import Sequence

from infra.domain.predictions import Prediction
from infra.domain.shadows import AppointmentRole, ShadowAnswer
from infra.model.bundle import Answers
from services.inference.predictor import Serving


def shadow_answers(serving: Serving, role: AppointmentRole, predictions: Sequence[Prediction]) -> list[ShadowAnswer]:
    """What this version says to rows that another one answered; rows that it cannot read or answer are left out."""
    parsed = serving.bundle.schema.parse([one.features for one in predictions])
    if not parsed.good:
        return []
    answers = serving.bundle.answer(parsed.block)
    said = [_said(serving, role, predictions[good], answers, place) for place, good in enumerate(parsed.good)]
    return [one for one in said if one is not None]


def _said(
    serving: Serving, role: AppointmentRole, prediction: Prediction, answers: Answers, place: int
) -> ShadowAnswer | None:
    """None when the network overflowed."""
    value, shares = answers.values[place], None
    if answers.probabilities is not None and serving.bundle.classes is not None:
        shares = dict(zip(serving.bundle.classes, answers.probabilities[place].tolist(), strict=True))
    figures = [*(shares or {}).values(), *([value] if isinstance(value, float) else [])]
    if not all(map(math.isfinite, figures)):
        return None
    return ShadowAnswer(
        model=serving.model,
        prediction_id=prediction.id,
        role=role,
        version=serving.version,
        value=value,
        probabilities=shares,
        confidence=None if answers.confidences is None else answers.confidences[place],
    )
