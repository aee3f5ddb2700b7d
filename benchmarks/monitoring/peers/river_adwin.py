"""ADWIN as river has it (Bifet and Gavaldà 2007), on the streams of the alarm: `STREAMS SEED` → alarms and delays."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module

from benchmarks.monitoring.streams import Losses, measure


def main(words: Sequence[str]) -> None:
    """Print the alarms on clean streams, and the median delay by `GOOD ERROR`."""
    streams, seed = (int(word) for word in words)
    row = measure(adwin, streams, seed)
    delays = {f"{good} {error}": delay for (good, error), delay in row.delays.items()}
    print(json.dumps({"alarms": row.alarms, **delays}))


def adwin(losses: Losses) -> list[int]:
    """Where it says that the error rose, at its default confidence."""
    watching, alarms = import_module("river.drift").ADWIN(), []
    for number, loss in enumerate(losses.tolist()):
        before = watching.estimation
        watching.update(loss)
        if watching.drift_detected and watching.estimation > before:
            alarms.append(number)
    return alarms


if __name__ == "__main__":
    main(sys.argv[1:])
