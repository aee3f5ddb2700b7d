"""The section `evidence` of a model file: what a training shows beside its decision, each at a cost of its own."""

from __future__ import annotations

from infra.spec.section import Section


class Evidence(Section):
    """What a run's dossier is to answer beyond what the decision needs."""

    learning_curve: bool = True
    """Accuracy with 1/8, 1/4 and 1/2 of the labels, for at most as much compute as the training itself."""
