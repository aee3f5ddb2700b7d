"""What a run shows beside its decision, gathered after it: a part that was not measured is None, and says so.

A part that somebody else measures comes as a `Section`, and is shown where it belongs.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.sections import Section


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The answers of a dossier that the decision did not need."""

    learning_curve: Section | None = None
    """Question 2: what with half of the labels?"""
    corrections: Section | None = None
    """Question 3: what exactly gets corrected?"""
    spending: Section | None = None
    """Question 4 beyond this run: the retraining history and forecast, against the budget."""
    merit: Section | None = None
    """The three figures of merit."""

    def figures(self) -> dict[str, float]:
        """What the tracker keeps of every part."""
        parts = (self.learning_curve, self.corrections, self.spending, self.merit)
        return {name: value for part in parts if part is not None for name, value in part.figures.items()}
