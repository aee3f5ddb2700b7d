"""`python -m benchmarks.training`: a training beside its peers, kill -9, MLflow away, and whether influence is real.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed.
"""

from __future__ import annotations

import sys

from benchmarks.monitoring.parts import Part
from benchmarks.running import Peers, main
from benchmarks.serving.system import ROOT
from benchmarks.training import away, curve, gpu, influence, kill, speed

PARTS: dict[str, Part] = {
    "speed": speed.run,
    "kill": kill.run,
    "away": away.run,
    "curve": curve.run,
    "influence": influence.run,
    "gpu": gpu.run,
}
"""In the order in which they are run."""
PACKAGES = ("torch", "mlflow", "scikit-learn")
PEERS = Peers(names=speed.APART, folder=ROOT / "build" / "peers")

if __name__ == "__main__":
    sys.exit(main("training", PARTS, packages=PACKAGES, about=__doc__ or "", peers=PEERS))
