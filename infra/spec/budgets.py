"""The budgets of cost centres, in one small file beside the installation: `KEEPSHARP_BUDGETS` names it.

    cost_centers:
      trading: {monthly: 200, currency: EUR, when_exceeded: approve}

Model files cap one model each; this caps all that a cost centre pays for. Unknown keys are errors, and a file that
cannot be read stops whatever would have spent: a budget that nobody could read binds nobody.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from infra.domain.errors import Mistake, SpecError
from infra.spec.money import Currency, MonthlyBudget
from infra.spec.section import Section
from infra.spec.wording import Accepted, problem_words
from infra.spec.yaml_tree import read_tree


class CenterBudget(MonthlyBudget):
    """What a cost centre may spend in a calendar month (UTC, event time), on all of its models together."""

    currency: Currency = "USD"
    """Amounts in another currency are not counted: nothing is converted."""


class Budgets(Section):
    """One budgets file."""

    cost_centers: dict[str, CenterBudget]
    """The budget of each, by its name."""


def read_budgets(path: Path | None) -> dict[str, CenterBudget]:
    """The budget of each cost centre that has one; none without a file.

    Raises:
        SpecError: the file cannot be read, or with all its mistakes at once.
    """
    if path is None:
        return {}
    try:
        tree = read_tree(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read ({error}): KEEPSHARP_BUDGETS names it; put it there, or unset the variable"
        raise SpecError(str(path), [Mistake(where="the file", line=None, problem=problem)]) from error
    try:
        budgets = Budgets.model_validate_json(json.dumps(tree.values), strict=True)
    except ValidationError as error:
        accepted = Accepted(Budgets.model_json_schema())
        for finding in error.errors(include_url=False):
            place = finding["loc"]
            tree.mistake(place, problem_words(finding["type"], place, finding["input"], finding["msg"], accepted))
    if tree.mistakes:
        raise SpecError(str(path), tree.mistakes)
    return budgets.cost_centers
