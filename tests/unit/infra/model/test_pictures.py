"""Pictures are read from PNG text, and nothing else gets through."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from infra.model.pictures import decode_picture, encode_picture, picture_shape

_PIXELS = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
_TEXT = encode_picture(_PIXELS)


def _text(image: Image.Image, kind: str) -> str:
    stream = io.BytesIO()
    image.save(stream, format=kind)
    return base64.b64encode(stream.getvalue()).decode()


def _bomb() -> str:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk).decode()


def test_pixels_survive_the_round_trip() -> None:
    assert np.array_equal(decode_picture(_TEXT, (5, 7, 3)), _PIXELS)
    assert np.array_equal(decode_picture(encode_picture(_PIXELS[:, :, 0]), (5, 7, 1))[:, :, 0], _PIXELS[:, :, 0])
    assert picture_shape(_TEXT) == (5, 7, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_text(Image.fromarray(_PIXELS), "JPEG"), "not a PNG"),
        (_text(Image.fromarray(_PIXELS).convert("RGBA"), "PNG"), "colour type 6"),
        (_text(Image.fromarray(_PIXELS).convert("P"), "PNG"), "colour type 3"),
        (_text(Image.fromarray(_PIXELS[:, :, 0].astype(np.uint16)), "PNG"), "bit depth 16"),
        (_bomb(), "claims 60000 × 60000 pixels"),
        (base64.b64encode(base64.b64decode(_TEXT)[:60]).decode(), "damaged"),
        (_TEXT + "A" * 200_000, "characters; at most"),
        ("", "not a PNG"),
        ("ÿ", "not base64"),
        (None, "not NoneType"),
    ],
)
def test_refuses_what_is_no_acceptable_picture(text: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_picture(text, (5, 7, 3))


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(base64.b64decode(_TEXT)) - 1), byte=st.integers(0, 255))
def test_damaged_bytes_are_refused_or_read_and_never_crash(place: int, byte: int) -> None:
    raw = bytearray(base64.b64decode(_TEXT))
    raw[place] = byte
    problem = None
    try:
        decode_picture(base64.b64encode(bytes(raw)).decode(), (5, 7, 3))
    except ValueError as error:
        problem = str(error)
    assert problem is None or any(word in problem for word in ("send", "needed", "accepted"))
