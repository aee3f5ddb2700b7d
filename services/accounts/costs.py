"""What cost reports tell, gathered: the statement, its outlook, the accounts of retrainings, and the budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.domain.errors import SpecError
from services.accounts.months import Month, latest_month

if TYPE_CHECKING:
    from infra.ledger.book import CostBook
    from infra.ledger.statement import Statement
    from infra.ledger.tallies import Tally
    from infra.ports import Ports
    from infra.spec import ModelSpec
    from infra.spec.budgets import CenterBudget
    from monitoring.budgets import Purse
    from monitoring.outlook import Outlook
    from monitoring.returns import Profit, Track


@dataclass(frozen=True, kw_only=True)
class CostAccount:
    """Everything a cost report tells of one model, or of all of them."""

    statement: Statement
    tally: Tally
    """What the statement was made from."""
    outlooks: Mapping[str, Outlook | None]
    """By currency."""
    profits: tuple[Profit, ...]
    """Newest first."""
    track: Track
    months: Mapping[str, Month]
    """The latest month of each model that has one."""
    centers: tuple[Purse, ...]
    """What the cost centres that have a budget have left of it."""
    unread: tuple[str, ...] = ()
    """Models whose file is not accepted any more, so that nobody knows their budgets."""

    @property
    def currency(self) -> str:
        """That of most of the money; the ledger's only one as a rule."""
        total = self.statement.total
        return max(total, key=lambda name: total[name], default="USD")


def cost_account(
    ports: Ports, budgets: Mapping[str, CenterBudget], model: str | None, book: CostBook | None = None
) -> CostAccount:
    """Gather it from the database alone; `budgets` are those of cost centres, `book` is one that is kept.

    Raises:
        SpecError: the file of the one model asked for is not accepted any more.
    """
    from infra.ledger.book import CostBook
    from infra.ledger.statement import statement_of
    from infra.spec.registered import spec_as_registered
    from monitoring.outlook import outlook_of
    from monitoring.returns import profit_of, track_of

    tally = (book or CostBook(ports)).tally(model)
    statement = statement_of(ports, model, tally)
    models = ports.models.all() if model is None else [ports.models.get(model)]
    specs, unread = [], []
    for one in models:
        try:
            specs.append(spec_as_registered(one.spec_yaml, one.name))
        except SpecError:
            if model is not None:
                raise
            unread.append(one.name)
    found = {spec.model: latest_month(ports, spec) for spec in specs}
    profits = tuple(profit_of(one, statement.run_costs.get(one.run_id)) for one in statement.returns)
    return CostAccount(
        statement=statement,
        tally=tally,
        outlooks={
            currency: outlook_of(tally.daily(currency), statement.last.date()) if statement.last else None
            for currency in statement.total
        },
        profits=profits,
        track=track_of(profits, retrains=max(0, statement.runs - len(models)), cost=statement.trainings_cost),
        months={name: month for name, month in found.items() if month is not None},
        centers=_centers(ports, budgets, specs, statement),
        unread=tuple(unread),
    )


def _centers(
    ports: Ports, budgets: Mapping[str, CenterBudget], specs: Sequence[ModelSpec], statement: Statement
) -> tuple[Purse, ...]:
    from infra.ledger.months import month_of
    from monitoring.budgets import center_purse

    if statement.last is None:
        return ()
    month, found = month_of(statement.last), []
    for name in sorted({spec.cost_center for spec in specs} & budgets.keys()):
        spent = ports.costs.total(None, *month, cost_center=name, currency=budgets[name].currency)
        found.append(center_purse(name, budgets[name], month[0], spent))
    return tuple(found)
