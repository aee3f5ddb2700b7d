"""What a run shows beside its decision, gathered after it: a part that was not measured is None, and says why.

A part that somebody else measures comes as a `Section`, and is shown where it belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from infra.domain.learning import LearningCurve
from infra.domain.merit import Merit
from infra.domain.provenance import Provenance
from infra.domain.sections import Section

Part = Literal["provenance", "learning_curve", "corrections", "spending", "merit"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The answers of a dossier that the decision did not need."""

    provenance: Provenance | None = None
    """Question 1: trained or fine-tuned?"""
    learning_curve: LearningCurve | None = None
    """Question 2: what with half of the labels?"""
    corrections: Section | None = None
    """Question 3: what exactly gets corrected?"""
    spending: Section | None = None
    """Question 4 beyond this run: the retraining history and forecast, against the budget."""
    merit: Merit | None = None
    """The three figures of merit."""
    unmeasured: Mapping[Part, str] = field(default_factory=dict)
    """Why a part is missing."""

    def figures(self) -> dict[str, float]:
        """What the tracker keeps of every part, once; the points of the curve it keeps by their rows."""
        found: dict[str, float] = {}
        for part in (self.corrections, self.spending):
            found |= part.figures if part is not None else {}
        if self.learning_curve is not None:
            found |= _of_curve(self.learning_curve)
        return found | (_of_merit(self.merit) if self.merit is not None else {})


def _of_curve(curve: LearningCurve) -> dict[str, float]:
    found = {"learning_curve/compute_share": curve.compute_share}
    if curve.less_with_half is not None:
        found["learning_curve/less_with_half"] = curve.less_with_half[0]
    if curve.law is not None:
        found |= {"learning_curve/limit": curve.law.limit, "learning_curve/exponent": curve.law.exponent}
    if curve.next_step is not None:
        found["learning_curve/next_step_reachable"] = curve.next_step.reachable
        found["learning_curve/next_step_rows"] = curve.next_step.rows
    return {name: float(value) for name, value in found.items() if value is not None}


def _of_merit(merit: Merit) -> dict[str, float]:
    found = {
        "merit/gain": merit.speed.gain.value,
        "merit/memorisation_gap": merit.memory.gap.value,
        "merit/memorisation_excess": merit.memory.excess.value,
        "merit/decisions_improved": float(merit.improved.set_right - merit.improved.lost),
    }
    if merit.consistency is not None:
        found |= {"merit/worst_slice": merit.consistency.slices[0].level, "merit/spread": merit.consistency.spread}
    return found
