"""A production as a labelled history that keepsharp reads like any user's: an NPZ file and a model file.

It knows nothing of how keepsharp reads them; the six kinds of surface stay behind, as truth for reports.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.line.production import Production

MODEL = "inspection-line"


def as_history(production: Production) -> dict[str, NDArray[np.uint8] | NDArray[np.str_]]:
    """The arrays of the NPZ file: pictures `X`, and text columns `defect`, `material`, `time` (ISO 8601, UTC)."""
    return {
        "X": production.pictures,
        "defect": np.array(production.defect),
        "material": np.array(production.material),
        "time": np.array([time.isoformat() for time in production.times]),
    }


def write_history(production: Production, path: Path) -> None:
    """Write the history to `path`, an NPZ file; the same production gives the same arrays."""
    arrays = as_history(production)
    np.savez_compressed(path, X=arrays["X"], defect=arrays["defect"], material=arrays["material"], time=arrays["time"])


def model_file(source: str) -> str:
    """The model file (YAML text) for a history at `source`, a path that may be relative to the model file."""
    return _MODEL_FILE.format(model=MODEL, source=_quoted(source))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_MODEL_FILE = """\
# Visual inspection on a simulated line: which parts have a defective surface?
model: {model}
task: classification
owner: quality
cost_center: plant-1

data:
  source: {source}
  images: X
  target: defect
  positive: defect
  time: time
  ignore: [material]            # known to the line, not shown to the network
  slices: [material]

learner:
  network: cnn
  hidden: [64]
  epochs: 40
  patience: 14
  batch_size: 32

labels: {{expected_delay: 4h}}    # parts are inspected by hand hours later
monitoring: {{window: 250 rows}}
retraining: {{min_labels: 250}}
costs: {{currency: USD, cpu_hour: 0.05, wrong_decision: 4.00}}
budget: {{monthly: 50}}
"""
