"""What the templates are given: records in words. It reads no port and writes no HTML."""

from __future__ import annotations

from services.dashboard.marks import DONE
from services.dashboard.queries import Standing


def retrain_words(standing: Standing) -> str | None:
    """What became of the last training, in a few words; None before the first."""
    run, decision = standing.last_run, standing.last_decision
    if run is None:
        return None
    if decision is not None:
        return f"version {decision.version} {DONE[decision.kind]}"
    return f"version {run.version} awaits judgement" if run.state == "succeeded" and run.version else run.state
