"""What the processes of this benchmark find around them."""

from __future__ import annotations

import os

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
_SILENT = {"DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONWARNINGS": "ignore"}


def one_thread_environment() -> dict[str, str]:
    """This process's environment, with one thread for arithmetic and nothing that calls home."""
    return {**os.environ, **_ONE_THREAD, **_SILENT}
