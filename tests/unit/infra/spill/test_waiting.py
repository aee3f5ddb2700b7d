from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import DataError, Unavailable
from infra.spill import waiting as line
from tests.unit.infra.spill.building import everything, ids, opened, some


def files(folder: Path, suffix: str = "spill") -> list[Path]:
    return sorted(folder.glob(f"*.{suffix}"))


def test_what_was_appended_waits_in_order_and_is_found_by_its_id(tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    waiting.append(some("a", "b"))
    waiting.append(some("c"))
    assert ids(everything(waiting)) == ["a", "b", "c"]
    assert waiting.rows == 3
    assert waiting.bytes == sum(path.stat().st_size for path in files(tmp_path))
    assert waiting.find([("grid", "c"), ("grid", "a"), ("grid", "d"), ("other", "b")]) == {
        ("grid", "a"): some("a")[0],
        ("grid", "c"): some("c")[0],
    }
    waiting.close()


def test_the_oldest_are_whole_entries_and_at_least_one(tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    for names in (["a", "b", "c"], ["d"], ["e", "f"]):
        waiting.append(some(*names))
    assert [entry.frame.rows for entry in waiting.oldest(1)] == [3]
    assert [entry.frame.rows for entry in waiting.oldest(5)] == [3, 1]
    waiting.close()


def test_the_file_goes_with_its_last_entry_and_another_follows(tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    waiting.append(some("a"))
    waiting.append(some("b"))
    waiting.remove([("grid", "a")])
    assert len(files(tmp_path)) == 1
    assert waiting.find([("grid", "a")]) == {}
    waiting.remove([("grid", "b")])
    assert files(tmp_path) == []
    assert (waiting.rows, waiting.bytes) == (0, 0)
    waiting.append(some("c"))
    assert ids(everything(waiting)) == ["c"]
    waiting.close()


def test_a_long_line_is_cut_into_files_that_go_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SEGMENT_BYTES", 1)
    waiting = opened(tmp_path)
    for name in "abc":
        waiting.append(some(name))
    assert len(files(tmp_path)) == 3
    waiting.remove([("grid", "a")])
    assert len(files(tmp_path)) == 2
    waiting.close()
    again = opened(tmp_path)
    assert ids(everything(again)) == ["b", "c"]
    again.close()


def test_what_was_left_is_taken_over_and_appended_after(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(some("a", "b"))
    size = first.bytes
    first.close()
    second = opened(tmp_path)
    assert (second.rows, second.bytes) == (2, size)
    second.append(some("c"))
    second.close()
    third = opened(tmp_path)
    assert ids(everything(third)) == ["a", "b", "c"]
    assert third.find([("grid", "b")]) == {("grid", "b"): some("b")[0]}
    third.close()


def test_a_file_that_another_uses_is_left_alone(tmp_path: Path) -> None:
    one = opened(tmp_path)
    one.append(some("a"))
    other = opened(tmp_path)
    other.append(some("b"))
    assert (ids(everything(one)), ids(everything(other))) == (["a"], ["b"])
    one.close()
    other.close()
    third = opened(tmp_path)
    assert ids(everything(third)) == ["a", "b"]
    third.close()


def test_a_full_spill_takes_nothing_and_says_so(tmp_path: Path) -> None:
    waiting = opened(tmp_path, max_bytes=600)
    waiting.append(some("a"))
    with pytest.raises(Unavailable, match=r"1 predictions.*KEEPSHARP_MAX_SPILL_BYTES"):
        waiting.append(some("b", "c", "d"))
    assert ids(everything(waiting)) == ["a"]
    waiting.close()


def test_what_cannot_be_stored_is_not_kept(tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    with pytest.raises(DataError):
        waiting.append(some("a", features={"load": float("nan")}))
    assert waiting.rows == 0
    assert files(tmp_path) == []


def test_a_torn_end_is_cut_off_and_the_file_goes_as_any_other(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(some("a"))
    first.append(some("b"))
    first.close()
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])
    second = opened(tmp_path)
    assert ids(everything(second)) == ["a"]
    second.remove([("grid", "a")])
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_damage_in_the_middle_costs_no_other_row_and_the_file_is_kept_aside(tmp_path: Path) -> None:
    first = opened(tmp_path)
    for name in "abc":
        first.append(some(name))
    middle = first.oldest(10)[1].frame
    first.close()
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    content[middle.end - 1] ^= 1
    path.write_bytes(content)

    second = opened(tmp_path)
    assert ids(everything(second)) == ["a", "c"]
    second.remove([("grid", "a")])
    second.remove([("grid", "c")])
    second.close()
    assert files(tmp_path) == []
    (aside,) = files(tmp_path, "damaged")
    assert aside.read_bytes() == bytes(content)


def test_a_file_with_nothing_readable_is_kept_aside_at_once(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(some("a"))
    first.close()
    (path,) = files(tmp_path)
    path.write_bytes(b"something else")
    second = opened(tmp_path)
    assert second.rows == 0
    assert [aside.read_bytes() for aside in files(tmp_path, "damaged")] == [b"something else"]
    second.close()


def test_an_entry_that_is_damaged_later_is_skipped_and_its_file_kept(tmp_path: Path) -> None:
    waiting = opened(tmp_path)
    waiting.append(some("a"))
    waiting.append(some("b"))
    (path,) = files(tmp_path)
    with path.open("r+b") as file:
        file.seek(30)
        file.write(b"\xff")
    first, _ = waiting.oldest(10)
    with pytest.raises(DataError, match="damaged"):
        waiting.read(first)
    with pytest.raises(Unavailable, match="later"):
        waiting.find([("grid", "a")])
    waiting.skip()
    assert waiting.find([("grid", "a")]) == {}
    assert ids(everything(waiting)) == ["b"]
    waiting.remove([("grid", "b")])
    assert len(files(tmp_path, "damaged")) == 1
    waiting.close()


def test_a_file_of_another_kind_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.spill").write_text("mine")
    opened(tmp_path).close()
    assert (tmp_path / "notes.spill").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="KEEPSHARP_HOME"):
        opened(tmp_path / "file" / "spill")
