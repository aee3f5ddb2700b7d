"""When one bad row refuses a whole request, and how that is said. Pure: it knows no request."""

from __future__ import annotations

from collections.abc import Sequence

from infra.domain.errors import RowError
from services.inference.problems import Problem, row_problem


def refuse_unusable(errors: Sequence[RowError], usable: int, everything: bool, *, status: int = 422) -> None:
    """Raise Problem when nothing can be used, or something cannot and the caller wants all or nothing."""
    if not errors or (usable and not everything):
        return
    amount = "One" if len(errors) == 1 else str(len(errors))
    detail = f"{amount} of {usable + len(errors)} entries cannot be used, and none was stored. First, {errors[0]}."
    raise Problem(status, detail, [row_problem(error) for error in errors])


def conflict_error(place: int) -> RowError:
    """What is said about a row whose id stands for other features."""
    return RowError(row=place, field="id", problem="was used before with other features: give each row its own id")
