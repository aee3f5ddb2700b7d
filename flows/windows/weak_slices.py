"""Look for weak slices among the labelled rows of a window, and confirm those that the window before had found."""

from __future__ import annotations

from collections.abc import Sequence

from flows.desk import Desk
from flows.windows.closing import current_frame
from flows.windows.references import PREDICTION, Reference, References
from infra.domain.predictions import Answered
from infra.domain.windows import WeakSlice, Window
from monitoring.performance import losses_of
from monitoring.slice_conditions import conditions_of
from monitoring.weak_slices import Searched, weak_slices

MOST_COLUMNS = 30
"""Columns that rows are divided by: those that the model uses most."""
_LOOKED_BACK = 20


def weak_slices_of(
    desk: Desk, references: References, window: Window, rows: Sequence[Answered]
) -> tuple[WeakSlice, ...]:
    """What is weak in a measured window whose labelled rows are among `rows`; a slice found here waits."""
    labelled = [row for row in rows if row.label is not None]
    reference = references.of(desk.ports.versions.get(desk.spec.model, max(window.versions)).sha256)
    fresh = Searched(
        frame=current_frame(labelled, reference.raw_kinds), losses=losses_of(labelled, desk.spec), spec=desk.spec
    )
    return weak_slices(_waiting(desk, window), fresh, conditions_of(reference.frame, _columns(reference)))


def _waiting(desk: Desk, window: Window) -> tuple[WeakSlice, ...]:
    """Those of the last measured window before, when the same versions answered it."""
    for earlier in desk.ports.windows.page(desk.spec.model, _LOOKED_BACK):
        if earlier.index < window.index and earlier.performance is not None:
            return earlier.performance.weak if earlier.versions == window.versions else ()
    return ()


def _columns(reference: Reference) -> dict[str, str]:
    weights = reference.profile.weights
    features = [name for name in reference.kinds if name != PREDICTION]
    used = sorted(features, key=lambda name: -weights.get(name, 1.0))[:MOST_COLUMNS]
    return {name: reference.kinds[name] for name in used}
