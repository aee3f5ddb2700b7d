"""The sections `retraining` and `promotion` of a model file: when to retrain, and what a candidate has to show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from infra.spec.section import ImportPath, Section, Share
from infra.spec.spans import Span


class Retraining(Section):
    """When to retrain, and on how much."""

    policy: Literal["cost_aware", "degradation", "drift", "every", "never"] | ImportPath = "cost_aware"
    every: Span | None = None
    """For the policy `every`; omitted: two windows."""
    schedule: str | None = None
    """Cron expression in event time, beside the policy."""
    min_labels: Annotated[int, Field(ge=1)] = 200
    replay: Annotated[float, Field(ge=0.0)] = 1.0
    """Earlier rows drawn for each new one."""
    cool_down: Span | None = None


class Promotion(Section):
    """What a candidate has to show."""

    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.99
    max_negative_flips: Share = 0.02
    """Share of rows the champion had right and the candidate has wrong, beyond those gained."""
    max_slice_drop: Share = 0.05
    approval: Literal["auto", "manual"] = "auto"
    """`manual`: a candidate that passes waits for `keepsharp promote`."""
    probation: Span | None = None
    """A number of rows; omitted: two windows, or 1,000 rows where windows are cut by time."""
