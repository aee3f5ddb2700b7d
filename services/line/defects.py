"""How each defect changes the brightness of a face, relative to 1.

Every renderer gets the pixels of its parts, centred on the defect, and returns n × side × side. Light comes
from one side: it gives edges a bright and a dark flank, and a new camera sees them swapped.
It knows nothing of texture, lamps or cameras beyond that side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from services.line.chance import Chance, Field
from services.line.optics import TO_LAMP
from services.line.surfaces import SURFACES, Surface

_REACH = 10.5
"""Defects lie within this radius of the centre, so that none is lost beyond the rim."""

_CONTRASTS: Mapping[Surface, tuple[float, float]] = MappingProxyType(
    {
        "scratch": (0.17, 0.65),
        "pit": (0.23, 0.73),
        "stain": (0.06, 0.24),
        "dent": (0.15, 0.55),
        "inclusion": (0.13, 0.35),
    }
)
"""Least and greatest contrast, as a share of the bare face's brightness, before the lens softens it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Pixels around a defect: `along` and `beside` its own axis, `lit` towards the lamp.

    `shape` (n × 1 × 1, each 0..1) are three free draws for size and form.
    """

    along: Field
    beside: Field
    lit: Field
    contrast: Field
    lamp_side: Field
    shape: tuple[Field, Field, Field]


def add_defects(face: Field, chance: Chance, x: Field, y: Field, lamp_side: Field, surfaces: NDArray[np.int64]) -> None:
    """Draw each part's defect into `face` (n × side × side) in place; `surfaces` (n,) indexes `SURFACES`.

    `lamp_side` (n × 1 × 1) is 1 for light from the upper left, -1 for light from the other side.
    """
    reach, bearing = _REACH * np.sqrt(chance.uniform(0.0, 1.0)), chance.uniform(-np.pi, np.pi)
    axis, depth = chance.uniform(-np.pi, np.pi), chance.uniform(0.0, 1.0)
    shape = tuple(chance.uniform(0.0, 1.0) for _ in range(3))
    for index, surface in enumerate(SURFACES):
        rows = np.flatnonzero(surfaces == index)
        if surface == "good" or not len(rows):
            continue
        dx = x[rows] - reach[rows] * np.cos(bearing[rows])
        dy = y[rows] - reach[rows] * np.sin(bearing[rows])
        low, high = _CONTRASTS[surface]
        cosine, sine = np.cos(axis[rows]), np.sin(axis[rows])
        spot = Spot(
            along=dx * cosine + dy * sine,
            beside=dy * cosine - dx * sine,
            lit=(dx * TO_LAMP[0] + dy * TO_LAMP[1]) * lamp_side[rows],
            contrast=(low + (high - low) * depth[rows]).astype(np.float32),
            lamp_side=lamp_side[rows],
            shape=(shape[0][rows], shape[1][rows], shape[2][rows]),
        )
        face[rows] += _RENDERERS[surface](spot)


def _scratch(spot: Spot) -> Field:
    half_length, bow, width = 3.5 + 5 * spot.shape[0], 0.03 * (spot.shape[1] - 0.5), 0.45 + 0.35 * spot.shape[2]
    beside = spot.beside - bow * spot.along**2
    ends = 1 / (1 + np.exp(np.clip((np.abs(spot.along) - half_length) * 2, -30, 30)))
    groove = np.exp(-0.5 * (beside / width) ** 2)
    lip = np.exp(-0.5 * ((beside - 1.3) / width) ** 2)
    mark: Field = spot.contrast * spot.lamp_side * ends * (0.45 * lip - groove)
    return mark


def _pit(spot: Spot) -> Field:
    width = 0.75 + 0.65 * spot.shape[0]
    hollow = _round(spot, width)
    glint = hollow * np.clip(-spot.lit / width, -1.5, 1.5)
    mark: Field = spot.contrast * (0.5 * glint - hollow)
    return mark


def _stain(spot: Spot) -> Field:
    width, oblong = 2.6 + 2.2 * spot.shape[0], 0.65 + 0.35 * spot.shape[1]
    ragged = 1 + 0.25 * np.sin(3 * np.arctan2(spot.beside, spot.along) + 6.28 * spot.shape[2])
    distance = np.sqrt((spot.along * oblong) ** 2 + (spot.beside / oblong) ** 2) * ragged / width
    body = 1 / (1 + np.exp(np.clip((distance - 1.2) * 6, -30, 30)))
    edge = np.exp(-0.5 * ((distance - 1.2) / 0.18) ** 2)
    mark: Field = -spot.contrast * (body + 0.5 * edge)
    return mark


def _dent(spot: Spot) -> Field:
    width = 1.8 + 1.4 * spot.shape[0]
    return spot.contrast * _round(spot, width) * (-spot.lit / width)


def _inclusion(spot: Spot) -> Field:
    length, width = 1.7 + 1.6 * spot.shape[0], 0.8 + 0.5 * spot.shape[1]
    lens: Field = np.exp(-0.5 * ((spot.along / length) ** 2 + (spot.beside / width) ** 2))
    return spot.contrast * lens


def _round(spot: Spot, width: Field) -> Field:
    bump: Field = np.exp(-0.5 * (spot.along**2 + spot.beside**2) / width**2)
    return bump


_RENDERERS: Mapping[Surface, Callable[[Spot], Field]] = MappingProxyType(
    {"scratch": _scratch, "pit": _pit, "stain": _stain, "dent": _dent, "inclusion": _inclusion}
)
