"""A picture of few colours as PNG, with nothing but the standard library: 100 × 900 pixels weigh some ten kilobytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

Colour = tuple[int, int, int, int]
"""Red, green, blue, and how opaque it is, each 0..255."""


def write_png(pixels: bytes, width: int, palette: Sequence[Colour]) -> bytes:
    """`pixels` are places in the palette, row after row.

    Raises:
        ValueError: the pixels are not whole rows, or the palette has more than 256 colours.

    >>> write_png(bytes([0, 1]), 1, [(0, 0, 0, 0), (255, 0, 0, 255)])[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    if width < 1 or not pixels or len(pixels) % width or len(palette) > 256:
        raise ValueError(f"{len(pixels)} pixels in {len(palette)} colours are no rows of {width}: give whole rows")
    height = len(pixels) // width
    rows = b"".join(b"\0" + pixels[row * width : (row + 1) * width] for row in range(height))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in palette for part in colour[:3])),
            _chunk(b"tRNS", bytes(colour[3] for colour in palette)),
            _chunk(b"IDAT", zlib.compress(rows, 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
