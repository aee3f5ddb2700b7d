"""Epochs as Prefect shows them: a line in the log, and a progress bar that moves at most every two seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.training.fitting import Epoch

LEAST_SECONDS = 2.0
"""Between two calls of the server: epochs of a small network are shorter than a call."""


def epoch_teller(model: str) -> Callable[[Epoch], None]:
    """What to call with each epoch, within a flow run or a task."""
    logger = get_run_logger()
    bar: UUID | None = None
    told_at = 0.0

    def tell(epoch: Epoch) -> None:
        nonlocal bar, told_at
        left = "" if epoch.seconds_left is None else f", at most {epoch.seconds_left:.0f} s left"
        cost = "" if epoch.cost_so_far is None else f", cost {epoch.cost_so_far:.6f}"
        logger.info(
            "epoch %d of %d: validation loss %.4f, score %.4g, gradient %.2g%s%s",
            epoch.number,
            epoch.of,
            epoch.validation_loss,
            epoch.validation_score,
            epoch.gradient_norm,
            left,
            cost,
        )
        if epoch.number < epoch.of and time.monotonic() - told_at < LEAST_SECONDS:
            return
        told_at, share = time.monotonic(), 100.0 * epoch.number / epoch.of
        if bar is None:
            bar = _id_of(
                create_progress_artifact(
                    progress=share, key=f"training-{model.replace('_', '-')}", description=f"epochs of {model}"
                )
            )
        else:
            update_progress_artifact(bar, progress=share)

    return tell


def _id_of(made: object) -> UUID:
    assert isinstance(made, UUID)  # in a synchronous run; an asynchronous one would get a coroutine
    return made
