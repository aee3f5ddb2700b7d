from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from infra.model.pictures import encode_picture
from monitoring.pictures import picture_figures, summarise_pictures


def _picture(seed: int = 0, scale: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(128, 30, size=(32, 32)) * scale, 0, 255).astype(np.uint8)


def _blurred(pixels: np.ndarray) -> np.ndarray:
    shifted = [np.roll(pixels.astype(float), (i, j), axis=(0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    mean: np.ndarray = np.mean(shifted, axis=0).astype(np.uint8)
    return mean


def test_a_flat_picture_has_brightness_and_nothing_else() -> None:
    brightness, *others = picture_figures(encode_picture(np.full((8, 6), 51, dtype=np.uint8)))
    assert brightness == pytest.approx(0.2)
    assert others == [pytest.approx(0.0, abs=1e-12)] * 3


def test_a_weaker_lamp_lowers_brightness_and_blur_lowers_sharpness() -> None:
    plain = picture_figures(encode_picture(_picture()))
    dark = picture_figures(encode_picture(_picture(scale=0.6)))
    blurred = picture_figures(encode_picture(_blurred(_picture())))
    assert dark[0] < 0.7 * plain[0]
    assert blurred[0] == pytest.approx(plain[0], abs=0.01)
    assert blurred[2] < 0.2 * plain[2]
    assert blurred[3] < 0.5 * plain[3]


def test_colour_and_single_pixels_are_accepted() -> None:
    colour = np.stack([np.full((1, 1), value, dtype=np.uint8) for value in (0, 255, 0)], axis=2)
    assert list(picture_figures(encode_picture(colour))) == pytest.approx([1 / 3, 0.0, 0.0, 0.0])


def test_a_frame_gets_four_columns_and_damaged_pictures_are_missing() -> None:
    frame = pd.DataFrame({"image": [encode_picture(_picture()), None, "no PNG"], "x": [1.0, 2.0, 3.0]})
    made, kinds = summarise_pictures(frame, {"image": "picture", "x": "numeric"})
    assert list(made) == ["x", "image_brightness", "image_contrast", "image_sharpness", "image_edge_energy"]
    assert made["image_sharpness"].notna().tolist() == [True, False, False]
    assert kinds == {"x": "numeric", **dict.fromkeys(list(made)[1:], "picture")}
    assert list(frame) == ["image", "x"]
