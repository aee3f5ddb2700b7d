"""One part under the camera: its place, its machined face, its rim. All in millimetre-like units, 32 to a picture.

A face is a coordinate `q` (the distance from the centre of the tool's path) and a profile along it: with
the centre on the part the face is turned, with it beside the part milled, far away ground. The other
material is brushed instead: fine streaks in one direction.
It knows nothing of defects, lamps or cameras.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.line.chance import Chance, Field
from services.line.optics import TO_LAMP, blur

PICTURE_UNITS = 32.0
RADIUS = 15.0
_TOOL_DISTANCE = (0.0, 24.0, 160.0)  # turned, milled, ground
_PROFILE_WAVES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """Where every pixel lies: `x`, `y`, `radius` on the part, `across`, `down` (1 × side × side) in the picture."""

    x: Field
    y: Field
    radius: Field
    across: Field
    down: Field


def view_part(chance: Chance, side: int, unit_pixels: float, camera: Field) -> View:
    """Pixels seen on parts that lie a little differently each time; the new camera is turned and nearer."""
    ticks = ((np.arange(side, dtype=np.float32) - (side - 1) / 2) / np.float32(unit_pixels)).astype(np.float32)
    across, down = ticks[None, None, :], ticks[None, :, None]
    angle = np.float32(0.1) * camera
    zoom = 1 + np.float32(0.03) * camera
    x = (np.cos(angle) * across + np.sin(angle) * down) / zoom + chance.normal(0.0, 0.6)
    y = (np.cos(angle) * down - np.sin(angle) * across) / zoom + chance.normal(0.0, 0.6)
    return View(x=x, y=y, radius=np.sqrt(x * x + y * y), across=across, down=down)


def machined_face(chance: Chance, view: View, aluminium: Field, unit_pixels: float) -> Field:
    """Relative brightness of the bare face around 0, n × side × side."""
    steel = _tool_marks(chance, view)
    grain = chance.noise(view.x.shape[-1])
    fine = blur(grain, np.float32(0.45 * unit_pixels), np.float32(0.45 * unit_pixels)) * np.float32(0.035)
    face = steel + fine
    brushed = np.flatnonzero(aluminium[:, 0, 0])
    if len(brushed):
        face[brushed] = _brushed(grain[brushed], unit_pixels) + fine[brushed]
    return face


def _tool_marks(chance: Chance, view: View) -> Field:
    tool = chance.choice(_TOOL_DISTANCE)
    bearing = chance.uniform(-np.pi, np.pi)
    tool_x = tool * np.cos(bearing) + chance.normal(0.0, 0.4)
    tool_y = tool * np.sin(bearing) + chance.normal(0.0, 0.4)
    q = np.sqrt((view.x - tool_x) ** 2 + (view.y - tool_y) ** 2)
    marks = np.zeros_like(q)
    for wave in range(_PROFILE_WAVES):
        length = chance.uniform(2.6, 4.2) if wave == 0 else chance.uniform(1.8, 9.0)
        depth = chance.uniform(0.4, 1.0)
        marks += depth * np.sin(q * (np.float32(2 * np.pi) / length) + chance.uniform(-np.pi, np.pi))
    return marks * chance.uniform(0.008, 0.044)


def _brushed(grain: Field, unit_pixels: float) -> Field:
    streaks = blur(grain, np.float32(5.0 * unit_pixels), np.float32(0.35 * unit_pixels))
    brushed: Field = streaks * (np.float32(0.045) / (streaks.std(axis=(1, 2), keepdims=True) + np.float32(1e-6)))
    return brushed


def rim(view: View, lamp_side: Field) -> tuple[Field, Field]:
    """(share of each pixel that is part, 0..1; light caught by the chamfer), each n × side × side."""
    inside = 1 / (1 + np.exp(np.clip((view.radius - RADIUS) * 4, -30, 30)))
    facing = (view.x * TO_LAMP[0] + view.y * TO_LAMP[1]) / (view.radius + np.float32(0.5))
    chamfer = np.exp(-(((view.radius - (RADIUS - 0.8)) / np.float32(0.7)) ** 2)) * (0.16 + 0.105 * lamp_side * facing)
    return inside.astype(np.float32), chamfer.astype(np.float32)
