"""`python -m benchmarks.decisions`: who is promoted, who is not, and who is taken back, beside the targets.

The figures go to standard output as Markdown, or as JSON with --json; everything else goes to standard error.
The status is 1 when a target was missed.
"""

from __future__ import annotations

import sys

from benchmarks.decisions import gate, poison, probation
from benchmarks.monitoring.parts import Part
from benchmarks.running import main

PARTS: dict[str, Part] = {
    "gate": gate.run,
    "probation": probation.run,
    "poison": poison.run,
    "poison-untrusted": poison.run_untrusted,
}
"""In the order in which they are run."""

if __name__ == "__main__":
    sys.exit(main("decisions", PARTS, packages=("numpy", "scipy", "torch", "cleanlab"), about=__doc__ or ""))
