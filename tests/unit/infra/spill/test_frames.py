from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.spill.frames import HEADER_BYTES, Frame, Gap, framed, payload_of, scan

PAYLOADS = st.lists(st.text(max_size=30).map(str.encode), min_size=1, max_size=5)


def payloads(data: bytes) -> list[bytes | None]:
    return [payload_of(data[part.start : part.end]) for part in scan(data) if isinstance(part, Frame)]


def gaps(data: bytes) -> list[Gap]:
    return [part for part in scan(data) if isinstance(part, Gap)]


@given(PAYLOADS)
@settings(max_examples=30, deadline=None)
def test_what_was_framed_is_found_in_order(given_payloads: list[bytes]) -> None:
    data = b"".join(framed(payload, rows) for rows, payload in enumerate(given_payloads))
    assert payloads(data) == given_payloads
    assert [part.rows for part in scan(data) if isinstance(part, Frame)] == list(range(len(given_payloads)))
    assert gaps(data) == []


@given(PAYLOADS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_write_cut_off_anywhere_is_torn_and_takes_nothing_else_with_it(
    given_payloads: list[bytes], draw: st.DataObject
) -> None:
    whole = b"".join(framed(payload, 1) for payload in given_payloads)
    last = framed(b"the last", 1)
    cut = draw.draw(st.integers(1, len(last) - 1))
    data = whole + last[:cut]
    assert payloads(data) == given_payloads
    assert gaps(data) == [Gap(start=len(whole), end=len(data), torn=True)]


def test_an_end_of_zeros_is_a_write_that_never_arrived() -> None:
    frame = framed(b"first", 1)
    assert gaps(frame + bytes(100)) == [Gap(start=len(frame), end=len(frame) + 100, torn=True)]


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_damaged_byte_costs_its_frame_alone_and_is_never_taken_for_a_torn_end(draw: st.DataObject) -> None:
    frames = [framed(text.encode(), 1) for text in ("first", "second", "third")]
    hit = draw.draw(st.integers(0, 1), label="frame")
    at = draw.draw(st.integers(0, len(frames[hit]) - 1), label="byte")
    bit = draw.draw(st.integers(0, 7), label="bit")
    damaged = bytearray(frames[hit])
    damaged[at] ^= 1 << bit
    data = b"".join([*frames[:hit], bytes(damaged), *frames[hit + 1 :]])
    start = sum(map(len, frames[:hit]))
    assert gaps(data) == [Gap(start=start, end=start + len(damaged), torn=False)]
    assert payloads(data) == [payload_of(frame) for place, frame in enumerate(frames) if place != hit]


def test_a_damaged_last_frame_is_not_torn() -> None:
    frame = bytearray(framed(b"acknowledged", 1))
    frame[-1] ^= 1
    assert [gap.torn for gap in gaps(bytes(frame))] == [False]
    header = bytearray(framed(b"acknowledged", 1))
    header[HEADER_BYTES - 1] ^= 1
    assert [gap.torn for gap in gaps(bytes(header))] == [False]


def test_bytes_that_are_more_than_one_frame_are_no_frame() -> None:
    assert payload_of(framed(b"x", 1) + b"y") is None
