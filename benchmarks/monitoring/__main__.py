"""`python -m benchmarks.monitoring`: false alarms, delays and costs of monitoring, beside their targets.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed.
"""

from __future__ import annotations

import sys

from benchmarks.monitoring import alarm, drift_alarms, notices, speed
from benchmarks.monitoring.parts import Part
from benchmarks.running import Peers, main
from benchmarks.serving.environments import ALONE
from benchmarks.serving.system import ROOT

PARTS: dict[str, Part] = {
    "drift-alarms": drift_alarms.run,
    "alarm": alarm.run,
    "notices": notices.run,
    "speed": speed.run,
}
"""In the order in which they are run."""
PACKAGES = ("numpy", "pandas", "scipy", "evidently")
PEERS = Peers(names=ALONE, folder=ROOT / "benchmarks" / ".peers")

if __name__ == "__main__":
    sys.exit(main("monitoring", PARTS, packages=PACKAGES, about=__doc__ or "", peers=PEERS))
