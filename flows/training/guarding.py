"""Verdicts on a training that went wrong: what was seen, and what to do. Pure, on figures and outputs.

What makes the network useless ends the training; what only makes it doubtful is a note beside the result, since
on shifted rows even a network that says one class may be better than the champion, and the gate compares them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from flows.training.observing import Epoch
from flows.training.plan import UNKNOWN_CLASS
from infra.domain.errors import TrainingFailed

EXPLODED_NORM = 1e6
DEAD_EPOCHS = 2
"""Epochs with the same answer to every row before the network counts as dead from its birth."""
_SAME = 1e-6
_DEAD = (
    "the network is dead: it gives the same answer to every validation row, whatever is in it; lower "
    "learner.learning_rate, widen learner.hidden, or train from scratch"
)


def refuse_divergence(epoch: Epoch) -> None:
    """Raises TrainingFailed when a loss is not finite, or the gradients exploded."""
    advice = f"lower learner.learning_rate (now {epoch.learning_rate:g}) or look for outliers in the rows"
    if not (math.isfinite(epoch.train_loss) and math.isfinite(epoch.validation_loss)):
        raise TrainingFailed(
            f"epoch {epoch.number}: the loss is {epoch.train_loss:g} in training and {epoch.validation_loss:g} in "
            f"validation: {advice}"
        )
    if not epoch.gradient_norm < EXPLODED_NORM:
        raise TrainingFailed(f"epoch {epoch.number}: gradients exploded to a norm of {epoch.gradient_norm:g}: {advice}")


def refuse_no_gradient(epoch: Epoch) -> None:
    """Raises TrainingFailed when no gradient reached any weight in a whole epoch."""
    if epoch.gradient_norm == 0.0:
        raise TrainingFailed(
            f"epoch {epoch.number}: the network is dead: no gradient reached any weight that may move; lower "
            "learner.learning_rate, or look at learner.frozen and at the network's own code"
        )


def is_constant(outputs: Tensor) -> bool:
    """Whether every row got the same outputs (n × outputs), to rounding."""
    spread = outputs.amax(dim=0) - outputs.amin(dim=0)
    return bool((spread <= _SAME * outputs.abs().amax().clamp(min=1.0)).all())


def refuse_dead(constant: Sequence[bool], rows_differ: bool) -> None:
    """Raises TrainingFailed when no epoch so far has answered different rows differently.

    Args:
        constant: of each epoch so far, whether all validation rows got the same outputs.
        rows_differ: whether the validation rows themselves differ.
    """
    if rows_differ and len(constant) >= DEAD_EPOCHS and all(constant):
        raise TrainingFailed(f"epoch {len(constant)}: {_DEAD}")


def refuse_constant(outputs: Tensor) -> None:
    """Raises TrainingFailed when the weights that are kept answer different rows all the same."""
    if is_constant(outputs):
        raise TrainingFailed(f"after the last epoch {_DEAD}")


def notes_on_classes(outputs: Tensor, target: Tensor, classes: Sequence[str]) -> list[str]:
    """What is doubtful about a classifier's answers to the validation rows; empty when nothing is.

    Args:
        outputs: n × classes.
        target: places of the true classes, -1 for one that training has not seen.
        classes: their names.
    """
    answered = outputs.argmax(dim=1)
    right = float((answered == target).double().mean())
    known = target[target != UNKNOWN_CLASS]
    counts = torch.bincount(known, minlength=len(classes))
    common = int(counts.argmax())
    share = float(counts[common]) / len(target)
    found = []
    if bool((answered == answered[0]).all()) and int((counts > 0).sum()) > 1:
        found.append(
            f"the network answers every one of {len(target)} validation rows with {classes[int(answered[0])]!r}"
        )
    if right <= share:
        found.append(
            f"no better than chance: right on {right:.1%} of the validation rows, always saying {classes[common]!r} "
            f"on {share:.1%}; more labels, other features or a smaller network may help"
        )
    return found


def notes_on_numbers(errors: Tensor, target: Tensor) -> list[str]:
    """The same for a regression.

    Args:
        errors: n, answer minus truth, on the standardised scale.
        target: n, the truth on that scale, whose 0 is the training rows' mean.
    """
    ours, mean = float(errors.abs().double().mean()), float(target.abs().double().mean())
    if ours < mean:
        return []
    return (
        [
            f"no better than chance: the mean absolute error on the validation rows is {ours / mean:.3g} times that of "
            "always saying the training rows' mean; more labels, other features or a smaller network may help"
        ]
        if mean > 0
        else []
    )
