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


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _after_header(*chunks: bytes) -> str:
    """The good picture with further chunks behind its header."""
    raw = base64.b64decode(_TEXT)
    return base64.b64encode(raw[:33] + b"".join(chunks) + raw[33:]).decode()


def _interlaced() -> str:
    """The good picture in the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    lines = b""
    for x, y, dx, dy in passes:
        part = _PIXELS[y::dy, x::dx]
        if part.size:
            lines += b"".join(b"\x00" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", 7, 5, 8, 2, 0, 0, 1)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines)) + _chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


def test_texts_profiles_and_further_headers_are_not_even_decoded() -> None:
    huge = _chunk(b"IHDR", struct.pack(">IIBBBBB", 13_000, 13_000, 8, 2, 0, 0, 0))
    text = _chunk(b"zTXt", b"k\x00\x00" + zlib.compress(b"\x20" * 2_000_000))
    profile = _chunk(b"iCCP", b"k\x00\x00" + zlib.compress(b"\x20" * 2_000_000))
    frames = _chunk(b"acTL", struct.pack(">II", 0, 0))
    assert np.array_equal(decode_picture(_after_header(text, profile, huge, frames), (5, 7, 3)), _PIXELS)


def test_pixels_beyond_the_picture_do_no_harm() -> None:
    rows = b"".join(b"\x00" + row.tobytes() for row in _PIXELS)
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 5, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(rows + b"\x00" * 50_000_000))
    raw = b"\x89PNG\r\n\x1a\n" + header + pixels + _chunk(b"IEND", b"")
    assert np.array_equal(decode_picture(base64.b64encode(raw).decode(), (5, 7, 3)), _PIXELS)


def test_an_interlaced_picture_has_the_same_pixels() -> None:
    assert np.array_equal(decode_picture(_interlaced(), (5, 7, 3)), _PIXELS)


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
        (_after_header(_chunk(b"tRNS", bytes(6))), "transparent"),
        (encode_picture(_PIXELS[:, :6]), "5 × 7 RGB is needed"),
        (encode_picture(_PIXELS[:, :, 0]), "is 5 × 7 grey"),
        (base64.b64encode(base64.b64decode(_TEXT)[:33]).decode(), "damaged"),
        (_after_header(struct.pack(">I", 2**31) + b"IDAT"), "damaged"),
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
