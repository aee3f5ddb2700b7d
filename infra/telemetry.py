"""Keeps every library from calling home. It knows their switches and nothing else."""

from __future__ import annotations

import os

_SWITCHES = {
    "DO_NOT_TRACK": "true",  # MLflow reads the word; "1" does not stop it
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "ITERATIVE_DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def switch_off_telemetry() -> None:
    """Switch usage statistics off for this process and its children, where the user has not chosen otherwise.

    Call it before MLflow, Prefect or Evidently are imported: some read their switch once.
    """
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
