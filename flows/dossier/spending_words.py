"""Question 4 beyond the run itself as a section of the dossier: history, forecast, budget. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from infra.display.wording import UNKNOWN, day, moment, money, month
from infra.domain.sections import Section, Table
from infra.ledger.summing import Sum
from monitoring.budgets import Purse
from monitoring.outlook import Outlook

SHOWN_RUNS = SHOWN_MONTHS = 12
OUTCOMES = {
    "promote": "promoted",
    "reject": "rejected",
    "challenge": "answers in shadow",
    "failed": "failed",
    "crashed": "broken off",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRun:
    """One training; `outcome` is the kind of its decision, or how it ended without one. Cost None: unpriced."""

    at: datetime
    version: int | None
    outcome: str
    asked_by: str
    cost: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """All trainings of a model until now, newest first, and its money, all in one currency."""

    model: str
    runs: tuple[PastRun, ...]
    refused: int
    """Wishes to retrain that were refused."""
    by_month: tuple[Sum, ...]
    training_by_month: tuple[Sum, ...]
    by_center: tuple[Sum, ...]
    purses: tuple[Purse, ...]
    outlook: Outlook | None
    next_run: float | None
    """What the next retraining is expected to cost."""
    currency: str
    cost_center: str


def spending_section(found: Spending) -> Section:
    """The dossier's answer to "how often, and who pays?" beyond the run."""
    latest = found.by_month[-1].amount if found.by_month else 0.0
    figures = {"spending/trainings": float(len(found.runs)), "spending/month": latest}
    if found.outlook is not None:
        figures["spending/year_forecast"] = found.outlook.year.value
    tables = (_runs_table(found), _months_table(found), _centers_table(found))
    return Section(
        sentences=(_how_often(found), _so_far(found), _ahead(found), *_budgets(found)),
        tables=tuple(table for table in tables if table.rows),
        figures=figures,
        details=asdict(found),
    )


def _how_often(found: Spending) -> str:
    later = found.runs[:-1]
    refused = f"; {_count(found.refused, 'wish', 'wishes')} to retrain {_was(found.refused)} refused"
    aside = refused if found.refused else ""
    if not later:
        return f"It is the first training of {found.model}{aside}."
    first, days = found.runs[-1].at, max((found.runs[0].at - found.runs[-1].at) / _DAY, 0.0)
    counts = {name: sum(one.outcome == kind for one in later) for kind, name in OUTCOMES.items()}
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return (
        f"Since its first training on {day(first)} {found.model} was retrained {_count(len(later), 'time', 'times')}"
        f"{_pace(days, len(later))}: {said}{aside}."
    )


def _pace(days: float, times: int) -> str:
    """How often, where there is a span to say it of."""
    if times < 2 or not days:
        return ""
    return f" in {_span(days)}, about every {_span(days / times)}"


def _span(days: float) -> str:
    """Days, or hours where they say more.

    >>> _span(14.25), _span(0.75)
    ('14.2 days', '18.0 hours')
    """
    if days < 2:
        return f"{24 * days:,.1f} hours"
    return f"{days:,.1f} days" if days < 100 else f"{days:,.0f} days"


def _so_far(found: Spending) -> str:
    trainings = sum(one.amount for one in found.training_by_month)
    whole = sum(one.amount for one in found.by_month)
    unpriced = sum(one.unpriced for one in found.by_month)
    said = (
        f"Its trainings cost {money(trainings, found.currency)} so far, and with watching, serving, labels and people "
        f"{money(whole, found.currency)}, paid by {_payers(found)}"
    )
    return f"{said}; {_count(unpriced, 'entry has', 'entries have')} no price." if unpriced else f"{said}."


def _payers(found: Spending) -> str:
    return " and ".join(dict.fromkeys([*(one.name for one in found.by_center), found.cost_center]))


def _ahead(found: Spending) -> str:
    known = found.next_run is not None
    each = f"The next retraining is expected to cost {_money(found.next_run, found)}; " if known else ""
    if found.outlook is None:
        return f"{each}{'a' if each else 'A'} forecast takes a week of costs."
    ahead, year = found.outlook.month, found.outlook.year
    return (
        f"{each}{'this' if each else 'This'} month is forecast at {_money(ahead.value, found)} "
        f"({_money(ahead.low, found)} to {_money(ahead.high, found)}), the next year at {_money(year.value, found)} "
        f"({_money(year.low, found)} to {_money(year.high, found)}): {found.outlook.method}."
    )


def _budgets(found: Spending) -> list[str]:
    if not found.purses:
        return ["No budget binds it: `budget.monthly` in the model file would."]
    return [_budget(purse) for purse in found.purses]


def _budget(purse: Purse) -> str:
    cap = f"the {money(purse.cap, purse.currency)} that {_month(purse.month)} holds for {purse.owner}"
    if purse.left < 0:
        return f"{money(-purse.left, purse.currency)} more than {cap} are spent."
    return f"Of {cap}, {money(purse.left, purse.currency)} are left."


def _runs_table(found: Spending) -> Table:
    shown = found.runs[:SHOWN_RUNS]
    more = f"; the latest {len(shown)} of {len(found.runs):,}" if len(found.runs) > len(shown) else ""
    return Table(
        head=("Trained", "Version", "Asked for by", "Came to", "Cost"),
        rows=tuple(
            (
                moment(one.at),
                UNKNOWN if one.version is None else str(one.version),
                one.asked_by,
                OUTCOMES.get(one.outcome, one.outcome),
                _money(one.cost, found),
            )
            for one in shown
        ),
        caption=f"Its trainings, newest first{more}",
        numeric=(1, 4),
    )


def _months_table(found: Spending) -> Table:
    trainings = {one.name: one.amount for one in found.training_by_month}
    return Table(
        head=("Month", "Trainings", "Everything"),
        rows=tuple(
            (_month(one.name), _money(trainings.get(one.name, 0.0), found), _money(one.amount, found))
            for one in found.by_month[-SHOWN_MONTHS:]
        ),
        caption="By month (UTC)",
        numeric=(1, 2),
    )


def _centers_table(found: Spending) -> Table:
    """Worth a table only where more than one pays."""
    several: Sequence[Sum] = found.by_center if len(found.by_center) > 1 else ()
    return Table(
        head=("Cost centre", "Paid"),
        rows=tuple((one.name, _money(one.amount, found)) for one in several),
        caption="By cost centre",
        numeric=(1,),
    )


def _money(amount: float | None, found: Spending) -> str:
    return UNKNOWN if amount is None else money(amount, found.currency)


def _month(name: str) -> str:
    """A month of the ledger as a person reads it.

    >>> _month("1996-11")
    'November 1996'
    """
    return month(datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC))


def _count(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
