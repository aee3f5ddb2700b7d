"""Evidently's own page of a window: what is needed to print it, and the printing.

An order is plain values, so that a page can be printed in another process, off the alarm's path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from flows.closing import Press, current_frame
from flows.references import Reference
from infra.domain.predictions import Answered
from infra.spec import ModelSpec
from monitoring.evidently_report import Task, write_report


@dataclass(frozen=True, kw_only=True)
class PageOrder:
    """Reference and window with answers in `prediction` and labels in `target`; `page` is the path without ending."""

    reference: pd.DataFrame
    current: pd.DataFrame
    kinds: dict[str, str]
    task: Task
    positive: str | None
    page: Path


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


def print_page(order: PageOrder) -> None:
    """Print one page: Evidently's HTML and its figures as JSON."""
    write_report(order.reference, order.current, order.kinds, order.page, task=order.task, positive=order.positive)


@contextmanager
def pages_afterwards(spec: ModelSpec) -> Iterator[Press]:
    """A press that prints when the block is over, so that everything is decided before."""
    orders: list[PageOrder] = []

    def press(reference: Reference, rows: Sequence[Answered], page: Path) -> None:
        orders.append(page_order(spec, reference, rows, page))

    yield press
    for order in orders:
        print_page(order)
