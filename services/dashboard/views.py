"""What the templates are given: pictures drawn and records arranged. It reads no port and writes no HTML."""

from __future__ import annotations

from collections.abc import Sequence

from services.dashboard.marks import DONE
from services.dashboard.queries import Standing
from services.dashboard.sparkline import HEIGHT, WIDTH, sparkline


def fleet_view(rows: Sequence[Standing]) -> dict[str, object]:
    """For `fleet.html`."""
    return {
        "rows": [{"standing": row, "spark": _spark(row), "retrain": retrain_words(row)} for row in rows],
        "spark_size": (WIDTH, HEIGHT),
    }


def retrain_words(standing: Standing) -> str | None:
    """What became of the last training, in a few words; None before the first."""
    run, decision = standing.last_run, standing.last_decision
    if run is None:
        return None
    if decision is not None:
        return f"version {decision.version} {DONE[decision.kind]}"
    return f"version {run.version} awaits judgement" if run.state == "succeeded" and run.version else run.state


def _spark(row: Standing) -> object:
    values = [window.performance.value for window in row.measured if window.performance is not None]
    return sparkline(values, row.champion.accepted if row.champion else None)
