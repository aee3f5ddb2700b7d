"""PNG by hand, read back by a library that did not write it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from infra.display.png import write_png

PALETTE = [(0, 0, 0, 0), (255, 0, 0, 128), (0, 0, 255, 255)]


def test_every_pixel_has_its_colour() -> None:
    picture = Image.open(io.BytesIO(write_png(bytes([0, 1, 2, 2, 1, 0]), 3, PALETTE))).convert("RGBA")
    assert picture.size == (3, 2)
    assert [picture.getpixel((x, y)) for y in range(2) for x in range(3)] == [PALETTE[i] for i in (0, 1, 2, 2, 1, 0)]


@pytest.mark.parametrize(("pixels", "width"), [(b"", 1), (b"\0\0\0", 2), (b"\0", 0)])
def test_pixels_that_are_no_rows_are_refused(pixels: bytes, width: int) -> None:
    with pytest.raises(ValueError, match="whole rows"):
        write_png(pixels, width, PALETTE)
