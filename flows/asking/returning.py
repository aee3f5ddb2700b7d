"""What promoted retrainings bring in: the version before answers the rows that the new one answered, as labels come.

As in probation, what the old version would have said is computed from its own bundle and the stored features. A
retraining is followed until another version serves, or for `HORIZON_WINDOWS` windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from flows.desk import Desk
from flows.promotion import losses
from flows.rows.origins import run_named, trigger_named
from flows.rows.quarantining import without_held_back
from flows.training.examples import from_answered
from flows.trial.crediting import credited
from flows.trial.judging import answers_of
from infra.domain.decisions import Champion, PromotionDecision, TrainingRun
from infra.domain.predictions import Answered
from infra.domain.returns import Return
from infra.domain.windows import Window
from monitoring.returns import Losses, add_rows

HORIZON_WINDOWS = 20
MANY = 1_000
MANY_WINDOWS = 200
"""What a monitor that was away for long catches up with at most."""


def not_followed(desk: Desk) -> list[Window]:
    """Measured windows that the record of the present champion does not reach yet, oldest first.

    Whatever was measured when, so that a look that was cut short loses nothing. A window that still waits for its
    labels holds up those after it.
    """
    ports, model = desk.ports, desk.spec.model
    champion = ports.versions.champion(model)
    current = None if champion is None else _current(desk, champion)
    if current is None or current.is_closed:
        return []
    later = [one for one in ports.windows.page(model, MANY_WINDOWS) if one.last_seq > current.last_seq]
    in_order = sorted(later, key=lambda one: one.index)
    return list(takewhile(lambda one: one.state == "final", in_order))


def follow_returns(desk: Desk, measured: Sequence[Window]) -> None:
    """Compare both versions on these windows, where the champion replaced another, and close what is followed to its
    end."""
    ports, model = desk.ports, desk.spec.model
    champion = ports.versions.champion(model)
    current = None if champion is None else _current(desk, champion)
    open_ones = [one for one in ports.returns.page(model, MANY) if not one.is_closed]
    for record in open_ones:
        if current is None or record.run_id != current.run_id:
            ports.returns.save(replace(record, is_closed=True))
    if current is None or current.is_closed:
        return
    for window in sorted(measured, key=lambda one: one.index):
        if window.last_seq > current.last_seq:
            current = _compared(desk, current, window)
    horizon = HORIZON_WINDOWS * (desk.spec.monitoring.window.rows or max((one.rows for one in measured), default=0))
    ports.returns.save(replace(current, is_closed=bool(horizon) and current.rows >= horizon))


def _current(desk: Desk, champion: Champion) -> Return | None:
    """The record of the retraining that made the champion; None for a first training or a choice by hand."""
    decision = _decision(desk, champion)
    if decision is None or decision.previous_version is None or decision.run_id is None or decision.kind != "promote":
        return None
    known = [one for one in desk.ports.returns.page(desk.spec.model, MANY) if one.run_id == decision.run_id]
    if known:
        return known[0]
    run = run_named(desk, decision.run_id)
    return None if run is None else _begun(desk, champion, decision, run)


def _decision(desk: Desk, champion: Champion) -> PromotionDecision | None:
    page = desk.ports.decisions.page(desk.spec.model, MANY)
    newest = next((one for one in page if one.kind == "promote" and one.version == champion.version), None)
    return newest if newest in credited(page) else None


def _begun(desk: Desk, champion: Champion, decision: PromotionDecision, run: TrainingRun) -> Return:
    assert decision.previous_version is not None
    costs = desk.spec.costs
    asked = trigger_named(desk, run.trigger_id)
    evidence = {} if asked is None else asked.evidence
    ahead, decisions = evidence.get("gain_ahead"), evidence.get("decisions_ahead")
    known = isinstance(ahead, int | float) and isinstance(decisions, int | float) and decisions > 0
    return Return(
        run_id=run.id,
        model=run.model,
        version=decision.version,
        previous_version=decision.previous_version,
        task=desk.spec.task,
        at=decision.at,
        through=decision.at,
        last_seq=champion.since_seq,
        forecast_per_decision=float(ahead) / float(decisions) if known else None,  # type: ignore[arg-type]  # just checked
        wrong_decision=costs.wrong_decision,
        currency=costs.currency,
    )


def _compared(desk: Desk, record: Return, window: Window) -> Return:
    for first in range(max(window.first_seq, record.last_seq + 1), window.last_seq + 1, desk.most_held):
        record = _compared_rows(desk, record, first, min(first + desk.most_held - 1, window.last_seq))
    return record


def _compared_rows(desk: Desk, record: Return, first: int, last: int) -> Return:
    rows = desk.ports.predictions.between(record.model, first, last)
    known = [row for row in without_held_back(desk, rows) if row.label is not None]
    own = [row for row in known if row.prediction.version == record.version]
    if not own:
        return replace(record, last_seq=last)
    old, new = _losses(desk, record, own)
    return add_rows(record, old, new, through=max(row.prediction.time for row in own), last_seq=last)


def _losses(desk: Desk, record: Return, rows: Sequence[Answered]) -> tuple[Losses, Losses]:
    bundle = desk.bundle(desk.ports.versions.get(record.model, record.previous_version).sha256)
    columns = [column.name for column in bundle.schema.columns]
    truths = [row.label.value for row in rows if row.label is not None]
    old = answers_of(bundle, from_answered(rows, columns)).values
    new = [row.prediction.value for row in rows]
    return losses(desk.spec.task, old, truths), losses(desk.spec.task, new, truths)
