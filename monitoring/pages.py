"""An order for Evidently's page of a window, as plain values, so that it can be printed in another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

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


def print_page(order: PageOrder) -> None:
    """Print one page: Evidently's HTML and its figures as JSON."""
    write_report(order.reference, order.current, order.kinds, order.page, task=order.task, positive=order.positive)
