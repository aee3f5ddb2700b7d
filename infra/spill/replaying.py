"""Hands spilled predictions to the database, and finds the ones that it will never take. Knows no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.domain.errors import Conflict, DataError
from infra.domain.predictions import Prediction
from infra.ports import Predictions


def replay(
    predictions: Predictions, waiting: Sequence[Prediction], refuse: Callable[[Prediction, str], object]
) -> None:
    """Store them in order; those that the database refuses for good are given to `refuse`, with the reason.

    Where one is refused the halves are stored on their own, so that one bad row holds up no other.

    Raises:
        Unavailable: the database is away; some may have been stored, and may be given again.
    """
    if not waiting:
        return
    try:
        predictions.add(waiting)
    except (Conflict, DataError) as error:
        if len(waiting) == 1:
            refuse(waiting[0], str(error))
            return
        middle = len(waiting) // 2
        replay(predictions, waiting[:middle], refuse)
        replay(predictions, waiting[middle:], refuse)
