"""The account of a model as text, and as values for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from services.accounts.months import budget_line
from services.cli.cost_text import amount_lines
from services.cli.lines import alert_line, window_line
from services.cli.moments import shown
from services.cli.outcome import reason_lines
from services.cli.plain import plain

if TYPE_CHECKING:
    from services.cli.account import Account

SHOWN_WINDOWS, SHOWN_ALERTS, SHOWN_DECISIONS = 12, 10, 10


def account_text(told: Account) -> str:
    """One page for a terminal; the newest of each kind, and how many there are beside them."""
    return "\n".join([*_head(told), *_windows(told), *_alerts(told), *_decisions(told), *_costs(told)])


def serving_words(told: Account) -> str:
    """What serves and since when."""
    champion = told.champion
    if champion is None:
        return "no champion yet: `keepsharp train` makes the first"
    level = champion.accepted
    accepted = f"{level:.1%} accuracy" if told.spec.task == "classification" else f"{level:.4g} mean absolute error"
    probation = ", on probation" if champion.probation_until_seq is not None else ""
    return f"version {champion.version} since {shown(champion.since)}, accepted at {accepted}{probation}"


def origin_words(told: Account) -> str:
    """Where the champion's weights came from."""
    run = told.run
    if run is None:
        return "unknown"
    return f"start {run.start}, {run.rows:,} rows, seed {run.seed}, snapshot {run.snapshot[:12] or 'unknown'}"


def _head(told: Account) -> Iterator[str]:
    spec = told.spec
    yield f"{spec.model}: {spec.task} of `{spec.data.target}`, owned by {spec.owner}, paid by {spec.cost_center}"
    yield f"  serves     {serving_words(told)}"
    yield f"  origin     {origin_words(told)}"
    yield f"  health     {told.health.word}. {told.health.why}"
    counts = ", ".join(f"{count:,} {name}" for name, count in told.labels.items())
    yield f"  traffic    {told.predictions:,} predictions; labels: {counts}"


def _windows(told: Account) -> Iterator[str]:
    yield ""
    yield f"Windows ({len(told.windows)})"
    for window in told.windows[-SHOWN_WINDOWS:]:
        yield f"  {window_line(window)}"
    if not told.windows:
        yield "  none has closed yet"


def _alerts(told: Account) -> Iterator[str]:
    yield ""
    yield f"Alerts ({len(told.alerts)})"
    for alert in told.alerts[:SHOWN_ALERTS]:
        yield f"  {alert_line(alert)}"
    if not told.alerts:
        yield "  none was ever opened"


def _decisions(told: Account) -> Iterator[str]:
    yield ""
    yield f"Decisions ({len(told.decisions)})"
    for decision in told.decisions[:SHOWN_DECISIONS]:
        yield f"  {shown(decision.at)}  {decision.kind} version {decision.version}, by {decision.actor}"
        yield from (f"  {line}" for line in reason_lines(decision))
    for trigger in told.triggers[:SHOWN_DECISIONS]:
        yield f"  {shown(trigger.at)}  retraining refused, asked for by {trigger.source}: {trigger.reason}"
    if not told.decisions and not told.triggers:
        yield "  none was made yet"


def _costs(told: Account) -> Iterator[str]:
    yield ""
    yield "Costs"
    yield from (f"  {line}" for line in amount_lines(told.by_stage, told.total))
    yield f"  {budget_line(told.spec.model, told.month)}" if told.month else "  nothing was spent yet"


def account_record(told: Account) -> dict[str, object]:
    """The account for machines."""
    spec = told.spec
    return {
        "model": spec.model,
        "task": spec.task,
        "owner": spec.owner,
        "cost_center": spec.cost_center,
        "made_at": plain(told.made_at),
        "champion": plain(told.champion),
        "run": plain(told.run),
        "health": plain(told.health),
        "predictions": told.predictions,
        "labels": plain(told.labels),
        "windows": plain(told.windows),
        "alerts": plain(told.alerts),
        "decisions": plain(told.decisions),
        "refused": plain(told.triggers),
        "costs": {"total": plain(told.total), "by_stage": plain(told.by_stage), "by_month": plain(told.by_month)},
        "month": plain(told.month),
    }
