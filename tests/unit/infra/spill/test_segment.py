from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from infra.domain.errors import StorageFull, Unavailable
from infra.spill.disk import disk_error
from infra.spill.frames import Frame
from infra.spill.segment import Segment


def test_every_frame_is_synced_before_it_counts_and_so_is_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    segment = Segment.create(tmp_path, 1)
    assert synced == [tmp_path.stat().st_ino]
    segment.append(b"one", 1)
    segment.append(b"two", 1)
    assert synced[1:] == [segment.path.stat().st_ino] * 2
    segment.close()


@pytest.mark.parametrize(
    ("code", "kind"), [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, Unavailable)]
)
def test_a_write_that_fails_leaves_no_trace_and_seals_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Unavailable]
) -> None:
    segment = Segment.create(tmp_path, 1)
    first = segment.append(b"one", 1)

    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(Unavailable) as found:
            segment.append(b"two", 1)
    assert type(found.value) is kind
    assert segment.sealed
    assert segment.path.stat().st_size == segment.bytes == first.end
    assert segment.payload(first) == b"one"
    segment.close()


def test_a_number_that_is_taken_gives_way_to_the_next(tmp_path: Path) -> None:
    one, other = Segment.create(tmp_path, 7), Segment.create(tmp_path, 7)
    assert one.path.name < other.path.name
    one.close()
    other.close()


def test_a_file_is_adopted_once_its_owner_let_go_and_not_when_it_is_gone(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path, 1)
    segment.append(b"one", 4)
    assert Segment.adopt(segment.path) is None
    segment.close()
    adopted = Segment.adopt(segment.path)
    assert adopted is not None
    (frame,) = adopted.frames()
    assert isinstance(frame, Frame)
    assert (frame.rows, adopted.payload(frame), adopted.sealed) == (4, b"one", True)
    adopted.remove()
    assert Segment.adopt(segment.path) is None


def test_a_file_that_was_removed_meanwhile_is_not_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segment = Segment.create(tmp_path, 1)
    opening = os.open

    def open_and_lose(path: Path, flags: int) -> int:
        descriptor = opening(path, flags)
        segment.remove()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    assert Segment.adopt(segment.path) is None


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path, 1)
    assert segment.frames() == []
    segment.close()


def test_a_disk_error_names_the_file(tmp_path: Path) -> None:
    assert str(tmp_path) in str(disk_error(OSError(errno.EACCES, "Permission denied"), tmp_path))
