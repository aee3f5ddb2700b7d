"""Frames: how pieces of bytes follow one another in a spill file, so that any damage is seen.

A frame is magic · length · rows · CRC-32 of the payload · CRC-32 of the header, then the payload. Knows no file
and nothing of what the payload says, save that it is UTF-8: the magic begins with a byte that UTF-8 never has, so
it is not found inside a payload.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap
from zlib import crc32

_MAGIC = b"\xffksp"
_FIELDS = struct.Struct(">4sIII")
_CHECK = struct.Struct(">I")
HEADER_BYTES = _FIELDS.size + _CHECK.size


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where a frame lies, in bytes from the beginning of its file, and how many rows its payload holds."""

    start: int
    end: int
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Bytes that are no frame. `torn`: the end of a write that was cut off, so nobody was ever told it was done."""

    start: int
    end: int
    torn: bool


def framed(payload: bytes, rows: int) -> bytes:
    """The payload in its frame."""
    fields = _FIELDS.pack(_MAGIC, len(payload), rows, crc32(payload))
    return fields + _CHECK.pack(crc32(fields)) + payload


def payload_of(frame: bytes) -> bytes | None:
    """What was framed; None when the bytes are damaged or not exactly one frame."""
    found = frame_at(frame, 0)
    return frame[HEADER_BYTES:] if found is not None and found.end == len(frame) else None


def frame_at(data: bytes | mmap, start: int) -> Frame | None:
    """The whole and undamaged frame that begins at `start`, if there is one."""
    header = _header_at(data, start)
    if header is None:
        return None
    length, rows, check = header
    payload = data[start + HEADER_BYTES : start + HEADER_BYTES + length]
    if len(payload) < length or crc32(payload) != check:
        return None
    return Frame(start=start, end=start + HEADER_BYTES + length, rows=rows)


def scan(data: bytes | mmap) -> Iterator[Frame | Gap]:
    """Everything from the first byte to the last, in order."""
    at = 0
    while at < len(data):
        frame = frame_at(data, at)
        if frame is None:
            end = _next_frame(data, at + 1)
            torn = end == len(data) and _is_torn(data, at)
            yield Gap(start=at, end=end, torn=torn)
            at = end
        else:
            yield frame
            at = frame.end


def rows_announced(read: Callable[[int, int], bytes]) -> int:
    """Rows of the frames up to the first that is damaged, by their headers alone; `read` is given start and length."""
    rows = at = 0
    while (header := _parsed(read(at, HEADER_BYTES))) is not None:
        rows += header[1]
        at += HEADER_BYTES + header[0]
    return rows


def _header_at(data: bytes | mmap, start: int) -> tuple[int, int, int] | None:
    """(length, rows, CRC-32) of a payload, when an undamaged header stands there."""
    return _parsed(data[start : start + HEADER_BYTES])


def _parsed(header: bytes) -> tuple[int, int, int] | None:
    if len(header) < HEADER_BYTES or _CHECK.unpack_from(header, _FIELDS.size)[0] != crc32(header[: _FIELDS.size]):
        return None
    magic, length, rows, check = _FIELDS.unpack_from(header)
    return (length, rows, check) if magic == _MAGIC else None


def _next_frame(data: bytes | mmap, start: int) -> int:
    at = data.find(_MAGIC, start)
    while at >= 0 and frame_at(data, at) is None:
        at = data.find(_MAGIC, at + 1)
    return at if at >= 0 else len(data)


def _is_torn(data: bytes | mmap, start: int) -> bool:
    """Whether a frame was begun there and not finished. After a power cut, what never arrived can read as zeros."""
    header = _header_at(data, start)
    if header is not None:
        return start + HEADER_BYTES + header[0] > len(data)
    rest = data[start:]
    return (len(rest) < HEADER_BYTES and rest.startswith(_MAGIC[: len(rest)])) or not rest.strip(b"\0")
