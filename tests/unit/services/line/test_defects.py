from __future__ import annotations

import numpy as np
import pytest

from services.line.chance import CHUNK_ROWS, Chance
from services.line.defects import add_defects
from services.line.surfaces import SURFACES, Surface

TICKS = (np.arange(40, dtype=np.float32) - 19.5)[None, None, :]
ACROSS = np.broadcast_to(TICKS, (CHUNK_ROWS, 40, 40))
DOWN = np.swapaxes(ACROSS, 1, 2)


def drawn(surface: Surface, lamp_side: float = 1.0) -> np.ndarray:
    face = np.zeros((CHUNK_ROWS, 40, 40), dtype=np.float32)
    kinds = np.full(CHUNK_ROWS, SURFACES.index(surface))
    side = np.full((CHUNK_ROWS, 1, 1), lamp_side, dtype=np.float32)
    add_defects(face, Chance(1, 0), ACROSS, DOWN, side, kinds)
    return face


def test_good_part_stays_as_it_is() -> None:
    assert not drawn("good").any()


@pytest.mark.parametrize("surface", SURFACES[1:])
def test_defect_is_seen_on_every_part_and_within_its_rim(surface: Surface) -> None:
    face = drawn(surface)
    assert (np.abs(face).max(axis=(1, 2)) > 0.05).all()
    beyond = np.hypot(ACROSS, DOWN) > 16
    assert np.abs(face * beyond).sum() < 0.08 * np.abs(face).sum()


@pytest.mark.parametrize(("surface", "sign"), [("pit", -1), ("stain", -1), ("inclusion", 1)])
def test_defect_darkens_or_brightens(surface: Surface, sign: int) -> None:
    assert (np.sign(drawn(surface).sum(axis=(1, 2))) == sign).all()


@pytest.mark.parametrize("surface", ["scratch", "dent"])
def test_light_from_the_other_side_swaps_bright_and_dark(surface: Surface) -> None:
    np.testing.assert_allclose(drawn(surface, -1.0), -drawn(surface, 1.0), atol=1e-6)


def test_one_parts_defect_leaves_the_draws_of_the_others_alone() -> None:
    face = np.zeros((CHUNK_ROWS, 40, 40), dtype=np.float32)
    kinds = np.full(CHUNK_ROWS, SURFACES.index("pit"))
    kinds[7] = SURFACES.index("good")
    add_defects(face, Chance(1, 0), ACROSS, DOWN, np.ones((CHUNK_ROWS, 1, 1), dtype=np.float32), kinds)
    others = np.arange(CHUNK_ROWS) != 7
    np.testing.assert_array_equal(face[others], drawn("pit")[others])
    assert not face[7].any()
