"""`python -m benchmarks.scale`: what work costs as it grows, with the exponent of the growth.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed.
"""

from __future__ import annotations

import sys

from benchmarks.monitoring.parts import Part
from benchmarks.running import main
from benchmarks.scale import fairness, features, models, replicas, traffic
from benchmarks.scale.picture import write_picture

PARTS: dict[str, Part] = {
    "models": models.run,
    "fairness": fairness.run,
    "replicas": replicas.run,
    "features": features.run,
    "traffic": traffic.run,
}
"""In the order in which they are run."""
PACKAGES = ("numpy", "pandas", "torch", "sqlalchemy", "psycopg")

if __name__ == "__main__":
    sys.exit(main("scale", PARTS, packages=PACKAGES, about=__doc__ or "", draw=write_picture))
