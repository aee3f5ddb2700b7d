"""A run of the line: every part's picture, its true surface and its moment, and the changes on the way.

It knows nothing of models: what is made of a production is `history`'s and `rule`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from services.line.chance import CHUNK_ROWS, Chance
from services.line.defects import add_defects
from services.line.optics import expose, lamp_light
from services.line.part import PICTURE_UNITS, machined_face, rim, view_part
from services.line.scenario import Change, Scenario
from services.line.surfaces import SURFACES, choose_surfaces

_MARGIN_UNITS = 4
"""Rendered around each picture and cut off, since the blur wraps round."""

SHIFTS = ((6, "early"), (14, "late"), (22, "night"))
"""Shifts by the hour (UTC) they begin at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Production:
    """What the line made. All columns have one entry a part, in the order they were made."""

    pictures: NDArray[np.uint8]
    """n × size × size, grey."""
    surfaces: tuple[str, ...]
    """The true kind, one of `SURFACES`."""
    defect: tuple[str, ...]
    """`defect` or `good`."""
    material: tuple[str, ...]
    """`steel` or `aluminium`."""
    shift: tuple[str, ...]
    times: tuple[datetime, ...]
    """UTC, rising."""
    changes: tuple[Change, ...]


def produce(scenario: Scenario, seed: int) -> Production:
    """Run the line; the same scenario and seed give the same bytes.

    Every part's chance depends on the seed and its row alone: without a change, the rows it left alone are the same.
    """
    chunks = [_make(scenario, seed, chunk) for chunk in range(-(-scenario.rows // CHUNK_ROWS))]
    kinds = np.concatenate([kinds for _, kinds in chunks])[: scenario.rows]
    surfaces = tuple(str(SURFACES[kind]) for kind in kinds)
    times = tuple(scenario.start + timedelta(seconds=scenario.seconds_per_part * row) for row in range(scenario.rows))
    aluminium = scenario.strength("material", np.arange(scenario.rows)) > 0
    return Production(
        pictures=np.concatenate([pictures for pictures, _ in chunks])[: scenario.rows],
        surfaces=surfaces,
        defect=tuple("good" if surface == "good" else "defect" for surface in surfaces),
        material=tuple("aluminium" if other else "steel" for other in aluminium),
        shift=tuple(_shift(time) for time in times),
        times=times,
        changes=scenario.changes,
    )


def _make(scenario: Scenario, seed: int, chunk: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures and surface indices of `CHUNK_ROWS` parts."""
    chance = Chance(seed, chunk)
    rows = np.arange(CHUNK_ROWS) + chunk * CHUNK_ROWS
    aged, camera, aluminium = (
        scenario.strength(kind, rows).astype(np.float32)[:, None, None] for kind in ("lamp", "camera", "material")
    )
    kinds = choose_surfaces(chance.plain(), scenario.strength("inclusion", rows) > 0)
    unit_pixels = scenario.size / PICTURE_UNITS
    margin = round(_MARGIN_UNITS * unit_pixels)
    view = view_part(chance, scenario.size + 2 * margin, unit_pixels, camera)
    face = machined_face(chance, view, aluminium, unit_pixels)
    lamp_side = 1 - 2 * camera
    add_defects(face, chance, view.x, view.y, lamp_side, kinds)
    inside, chamfer = rim(view, lamp_side)
    bare = chance.normal(0.58, 0.022) + np.float32(0.05) * aluminium
    scene = np.float32(0.12) * (1 - inside) + inside * bare * (1 + face + chamfer)
    light = scene * lamp_light(chance, view.across, view.down, aged, camera)
    grey = expose(chance, light, unit_pixels, camera)
    return grey[:, margin:-margin, margin:-margin], kinds


def _shift(time: datetime) -> str:
    begun = [name for hour, name in SHIFTS if hour <= time.hour]
    return begun[-1] if begun else SHIFTS[-1][1]
