"""How large an Arrow stream becomes when it is decoded, read from its messages before anything is decoded.

Compressed buffers say their decoded length in their first 8 bytes (Arrow columnar format, "Compression"), and
pyarrow allocates what they say. The messages are flatbuffers; only the fields needed here are followed. It knows
nothing of columns or rows.
"""

from __future__ import annotations

from struct import unpack_from

import pyarrow as pa

_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
_STORED_PLAIN = -1
_BUFFER_BYTES = 16


def decoded_bytes(raw: bytes) -> int:
    """Bytes that the compressed buffers of a stream claim to become; buffers that are not compressed cost nothing.

    Raises:
        ValueError: a message, or a length in it, cannot be.
        pyarrow.ArrowException, OSError: the bytes are no Arrow stream.
        struct.error: a message points outside itself.
    """
    reader, total = pa.ipc.MessageReader.open_stream(raw), 0
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return total
        batch = _batch(bytes(message.metadata))
        if batch is not None and message.body is not None:
            total += _claimed(bytes(message.metadata), batch, memoryview(message.body))


def _batch(metadata: bytes) -> int | None:
    """Where the record batch of a message lies, also when it is the inside of a dictionary; None for others."""
    message = _pointed(metadata, 0)
    kind, header = _field(metadata, message, 1), _field(metadata, message, 2)
    if kind is None or header is None or metadata[kind] not in (_DICTIONARY_BATCH, _RECORD_BATCH):
        return None
    table = _pointed(metadata, header)
    if metadata[kind] == _RECORD_BATCH:
        return table
    inside = _field(metadata, table, 1)
    return None if inside is None else _pointed(metadata, inside)


def _claimed(metadata: bytes, batch: int, body: memoryview) -> int:
    buffers = _field(metadata, batch, 2)
    if _field(metadata, batch, 3) is None or buffers is None:
        return 0
    vector = _pointed(metadata, buffers)
    total = 0
    for place in range(unpack_from("<I", metadata, vector)[0]):
        offset, length = unpack_from("<qq", metadata, vector + 4 + place * _BUFFER_BYTES)
        if offset < 0 or length < 0 or offset + length > len(body):
            raise ValueError("a buffer lies outside its message")
        if length >= 8:
            total += _decoded(unpack_from("<q", body, offset)[0], length)
    return total


def _decoded(claimed: int, length: int) -> int:
    if claimed < _STORED_PLAIN:
        raise ValueError(f"a buffer claims to become {claimed} bytes long")
    return length - 8 if claimed == _STORED_PLAIN else claimed


def _pointed(metadata: bytes, place: int) -> int:
    """Where the offset at this place leads."""
    return place + int(unpack_from("<I", metadata, place)[0])


def _field(metadata: bytes, table: int, number: int) -> int | None:
    """Where a field of a table lies; None when it has its default."""
    vtable = table - int(unpack_from("<i", metadata, table)[0])
    if vtable < 0:
        raise ValueError("a message points before its beginning")
    size = unpack_from("<H", metadata, vtable)[0]
    slot = 4 + 2 * number
    offset = unpack_from("<H", metadata, vtable + slot)[0] if slot < size else 0
    return table + int(offset) if offset else None
