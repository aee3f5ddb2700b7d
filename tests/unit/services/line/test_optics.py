from __future__ import annotations

import numpy as np
import pytest

from services.line.optics import blur


@pytest.mark.parametrize(("across", "down"), [(1.5, 1.5), (3.0, 0.8)])
def test_blur_spreads_a_point_as_a_gaussian(across: float, down: float) -> None:
    point = np.zeros((1, 41, 41), dtype=np.float32)
    point[0, 20, 20] = 1
    seen = blur(point, np.float32(across), np.float32(down))[0]
    ticks = np.arange(41) - 20
    assert seen.sum() == pytest.approx(1, abs=1e-4)
    assert (seen.sum(axis=0) * ticks**2).sum() ** 0.5 == pytest.approx(across, rel=0.01)
    assert (seen.sum(axis=1) * ticks**2).sum() ** 0.5 == pytest.approx(down, rel=0.01)


def test_blur_of_each_picture_follows_its_own_focus() -> None:
    points = np.zeros((2, 32, 32), dtype=np.float32)
    points[:, 16, 16] = 1
    focus = np.array([0.5, 2.0], dtype=np.float32)[:, None, None]
    sharp, soft = blur(points, focus, focus).max(axis=(1, 2))
    assert sharp > 5 * soft
