"""Pictures of kept rows on one sheet: each beside where its answer hung on it, framed by what became of it.

Pure pixels; it knows nothing of where they are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from infra.domain.corrections import CorrectedRow, Fate
from infra.model.pictures import Shape, decode_picture, encode_picture, picture_shape

FRAMES: dict[Fate, tuple[int, int, int]] = {
    "fixed": (46, 125, 50),
    "still_wrong": (198, 40, 40),
    "broken": (239, 108, 0),
}
"""Green, red and orange."""
_BORDER, _ACROSS = 3, 10


def picture_of(row: CorrectedRow, feature: str) -> str | None:
    """The row's own picture, base64 PNG; None where it has none."""
    picture = row.features.get(feature)
    return picture if isinstance(picture, str) else None


def contact_sheet(rows: Sequence[CorrectedRow], feature: str) -> str | None:
    """Base64 PNG of all rows that have a picture, in their order, ten across; None when none has."""
    cells = [
        _cell(row, picture, picture_shape(picture)) for row in rows if (picture := picture_of(row, feature)) is not None
    ]
    if not cells:
        return None
    height, width = cells[0].shape[:2]
    across = min(_ACROSS, len(cells))
    sheet = np.full((math.ceil(len(cells) / across) * height, across * width, 3), 255, dtype=np.uint8)
    for place, cell in enumerate(cells):
        top, left = place // across * height, place % across * width
        sheet[top : top + height, left : left + width] = cell
    return encode_picture(sheet)


def _cell(row: CorrectedRow, picture: str, shape: Shape) -> np.ndarray:
    """The picture and its saliency in one frame, height × 2·width, with the border around."""
    height, width, _ = shape
    cell = np.full((height + 2 * _BORDER, 2 * width + 3 * _BORDER, 3), FRAMES[row.fate], dtype=np.uint8)
    cell[_BORDER:-_BORDER, _BORDER : _BORDER + width] = decode_picture(picture, shape)
    shown = np.zeros((height, width, 1), dtype=np.uint8)
    if row.saliency is not None:
        shown = decode_picture(row.saliency, (height, width, 1))
    cell[_BORDER:-_BORDER, 2 * _BORDER + width : -_BORDER] = shown
    return cell
