from __future__ import annotations

from pathlib import Path

from infra.spill.overview import Overview, look_into
from infra.spill.refused import Refused
from tests.unit.infra.spill.building import opened, some


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert look_into(tmp_path / "spill") == Overview(rows=0, bytes=0, refused=0, damaged=0)


def test_rows_are_counted_beside_the_process_that_uses_them_and_nothing_is_taken_over(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    one.append(some("a", "b"))
    one.append(some("c"))
    other.append(some("d"))
    assert look_into(tmp_path) == Overview(rows=4, bytes=one.bytes + other.bytes, refused=0, damaged=0)
    one.append(some("e"))
    assert one.rows == 4
    one.close()
    other.close()


def test_what_needs_a_person_is_counted(tmp_path: Path) -> None:
    Refused(tmp_path).add(some("a")[0], "no")
    (tmp_path / "00000000000000000001-1.damaged").touch()
    assert look_into(tmp_path) == Overview(rows=0, bytes=0, refused=1, damaged=1)
