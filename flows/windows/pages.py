"""Evidently's own page of a window: what is needed to print it, and when it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from flows.desk import Desk
from flows.ledger.metering import charged
from flows.windows.closing import Press, current_frame
from flows.windows.references import Reference
from infra.domain.predictions import Answered
from infra.spec import ModelSpec
from monitoring.pages import PageOrder, print_page


def page_order(spec: ModelSpec, reference: Reference, rows: Sequence[Answered], page: Path) -> PageOrder:
    """What the page of these rows needs."""
    return PageOrder(
        reference=reference.frame,
        current=current_frame(rows, reference.raw_kinds),
        kinds=dict(reference.kinds),
        task=spec.task,
        positive=spec.data.positive,
        page=page,
    )


@contextmanager
def pages_afterwards(desk: Desk, *, now: datetime) -> Iterator[Press]:
    """A press that prints when the block is over, so that everything is decided before; it is charged to the day."""
    orders: list[PageOrder] = []

    def press(reference: Reference, rows: Sequence[Answered], page: Path) -> None:
        orders.append(page_order(desk.spec, reference, rows, page))

    yield press
    if orders:
        with charged(desk, "report", now=now):
            for order in orders:
                print_page(order)
