"""The degradation alarm for the labelled answers of one champion: rows in, alarm out.

It joins the rows to the sequential test and knows nothing of windows, rules or where rows are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from infra.domain.decisions import Champion
from infra.domain.predictions import Answered
from infra.spec import ModelSpec
from monitoring.performance import losses_of
from monitoring.sequential import Degradation, scaled_errors, update_all, watch_absolute_errors, watch_errors

LOOK_BACK_ROWS = 5_000
"""Earlier rows worth giving: the alarm forgets a good past by itself, and a slow loss shows within these."""


def degradation_alarm(
    earlier: Sequence[Answered], rows: Sequence[Answered], champion: Champion, spec: ModelSpec
) -> Degradation:
    """The alarm over the labels of `rows`, begun with what the `earlier` ones had gathered; `alarms` are in `rows`.

    Both in order of arrival, `earlier` directly before `rows`. Rows that have no label, or that another version
    answered, are passed over.
    """
    losses = [_losses(part, champion, spec) for part in (earlier, rows)]
    before = update_all(_watch(champion, spec), losses[0])
    return update_all(replace(before, alarms=(), labels=0), losses[1])


def _watch(champion: Champion, spec: ModelSpec) -> Degradation:
    tolerance, alpha = spec.monitoring.tolerance, spec.monitoring.alpha
    if spec.task == "classification":
        return watch_errors(accepted_error=1.0 - champion.accepted, tolerance=tolerance, alpha=alpha)
    return watch_absolute_errors(tolerance=tolerance, alpha=alpha)


def _losses(rows: Sequence[Answered], champion: Champion, spec: ModelSpec) -> NDArray[np.float64]:
    own = [row for row in rows if row.label is not None and row.prediction.version == champion.version]
    losses = losses_of(own, spec)
    return losses if spec.task == "classification" else scaled_errors(losses, champion.accepted)
