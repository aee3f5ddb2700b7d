"""Pictures as base64 text of a PNG, to pixels and back.

Only 8-bit grey and RGB without transparency are accepted. The header is read before anything is decoded, so
that a picture which claims to be huge costs nothing, and only the chunks that hold pixels are decoded, so that
neither texts, profiles nor a second header can grow. It knows nothing of schemas or rows.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
import zlib

import numpy as np
from PIL import Image

Shape = tuple[int, int, int]
"""Height, width, channels (1 grey, 3 RGB)."""

MAX_SIDE = 4096
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3}
_OVERHEAD = 100_000
_LONGEST = 2 * MAX_SIDE * MAX_SIDE * 3 + _OVERHEAD
PNG_BEGINS = "iVBORw0KGgo"
"""How the base64 text of every PNG begins."""
ACCEPTED = "the base64 text of an 8-bit grey or RGB PNG"


def picture_shape(text: object) -> Shape:
    """Shape that the picture's header claims.

    Raises:
        ValueError: the text is no acceptable PNG.
    """
    if type(text) is not str:
        raise ValueError(f"a picture is {ACCEPTED}, not {type(text).__name__}")
    return _header(_raw(text[:64]))


def decode_picture(text: object, shape: Shape) -> np.ndarray:
    """Pixels, height × width × channels, uint8.

    Raises:
        ValueError: not the base64 text of a PNG, another format, another size, or damaged.
    """
    if type(text) is not str:
        raise ValueError(f"a picture is {ACCEPTED}, not {type(text).__name__}")
    height, width, channels = shape
    limit = 2 * height * width * channels + _OVERHEAD
    if len(text) > limit:
        raise ValueError(f"the picture's text has {len(text)} characters; at most {limit} are accepted")
    raw = _raw(text)
    if (found := _header(raw)) != shape:
        raise ValueError(f"the picture is {_words(found)}; {_words(shape)} is needed")
    pixels_only = _pixel_chunks(raw)
    try:
        with Image.open(io.BytesIO(pixels_only), formats=["PNG"]) as image:
            pixels = np.asarray(image, dtype=np.uint8)
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
    ) as error:
        raise ValueError(f"the PNG is damaged ({error}): send it whole, as {ACCEPTED}") from error
    return pixels.reshape(shape)


def plain_png(text: object) -> bytes:
    """The PNG as a file: its header and pixels alone, so that whatever else a sender put in reaches no browser.

    Raises:
        ValueError: not the base64 text of an acceptable PNG.
    """
    if type(text) is not str or len(text) > _LONGEST:
        raise ValueError(f"a picture is {ACCEPTED} of at most {_LONGEST:,} characters")
    raw = _raw(text)
    _header(raw)
    return _pixel_chunks(raw)


def encode_picture(pixels: np.ndarray) -> str:
    """The base64 PNG text of uint8 pixels, height × width or height × width × channels (1 or 3)."""
    plane = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    stream = io.BytesIO()
    Image.fromarray(plane).save(stream, format="PNG", compress_level=1)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the picture's text is not base64 ({error}): send {ACCEPTED}") from error


def _header(raw: bytes) -> Shape:
    if len(raw) < 29 or not raw.startswith(_SIGNATURE) or raw[12:16] != b"IHDR":
        raise ValueError(f"the picture is not a PNG: send {ACCEPTED}")
    width, height, depth, colour = struct.unpack(">IIBB", raw[16:26])
    if depth != 8 or colour not in _CHANNELS:
        raise ValueError(f"the PNG has bit depth {depth} and colour type {colour}: send {ACCEPTED}")
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise ValueError(f"the PNG claims {height} × {width} pixels; sides of 1 to {MAX_SIDE} are accepted")
    return (height, width, _CHANNELS[colour])


def _pixel_chunks(raw: bytes) -> bytes:
    """The same PNG with its first header and its pixels alone (PNG specification, section 5.3)."""
    kept, place = [_SIGNATURE], len(_SIGNATURE)
    while place < len(raw):
        length, kind = int.from_bytes(raw[place : place + 4], "big"), raw[place + 4 : place + 8]
        end = place + 12 + length
        if kind == b"tRNS":
            raise ValueError(f"the PNG is transparent in places: send {ACCEPTED}")
        if kind in (b"IDAT", b"IEND") or (kind == b"IHDR" and len(kept) == 1):
            kept.append(raw[place:end])
        if kind == b"IEND":
            break
        place = end
    return b"".join(kept)


def _words(shape: Shape) -> str:
    return f"{shape[0]} × {shape[1]} {'RGB' if shape[2] == 3 else 'grey'}"
