"""What this process and its machine are doing, as figures for a run. It knows no tracker."""

from __future__ import annotations

import psutil

_MEGABYTE = 1_000_000


def sample() -> dict[str, float]:
    """Processor and memory now, under the names that MLflow's system page draws.

    The processor's share is the average since the last call in this process.
    """
    memory = psutil.virtual_memory()
    return {
        "system/cpu_utilization_percentage": psutil.cpu_percent(interval=None),
        "system/system_memory_usage_megabytes": memory.used / _MEGABYTE,
        "system/system_memory_usage_percentage": memory.percent,
        "system/process_memory_megabytes": psutil.Process().memory_info().rss / _MEGABYTE,
    }
