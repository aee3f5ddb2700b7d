"""The section `evidence` of a model file: what a training shows beside its decision, each at a cost of its own."""

from __future__ import annotations

from typing import Literal

from infra.spec.section import Section
from infra.spec.spans import Span


class Evidence(Section):
    """What a run's dossier is to answer beyond what the decision needs."""

    learning_curve: bool = True
    """Accuracy with 1/8, 1/4 and 1/2 of the labels, for at most as much compute as the training itself."""
    corrections: bool = True
    """Which mistakes were corrected, whose blame they were, and whether earlier corrections still hold."""
    influence: Literal["last_layer", "all_layers"] = "last_layer"
    """Which layers tell what training rows pushed hardest; all of them are read on a sample of the rows."""
    tests_for: Span = Span(rows=10_000)
    """How long a corrected mistake is asked of later candidates: since when its row happened, or so many arrivals."""
