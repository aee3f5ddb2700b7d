from pathlib import Path

import pytest

from infra.domain.errors import DataError
from infra.spool import Operation, Spool


def _operation(number: int, files: Path | None = None) -> Operation:
    return Operation(kind="log", model="m", run="r", body={"number": number, "loss": 0.5}, files=files)


def test_keeps_operations_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(15):
        spool.add(_operation(number))
    assert [spool.read(entry) for entry in spool.waiting()] == [_operation(number) for number in range(15)]


def test_keeps_its_own_copy_of_files(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "page.html").write_text("hello")
    spool = Spool(tmp_path / "spool")
    spool.add(_operation(1, source))
    (source / "deep" / "page.html").unlink()
    files = spool.read(spool.waiting()[0]).files
    assert files is not None
    assert (files / "deep" / "page.html").read_text() == "hello"


def test_forgets_what_was_removed_and_nothing_else(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(3):
        spool.add(_operation(number))
    spool.remove(spool.waiting()[1])
    assert [spool.read(entry).body["number"] for entry in spool.waiting()] == [0, 2]


def test_survives_in_a_new_object(tmp_path: Path) -> None:
    Spool(tmp_path).add(_operation(7))
    assert Spool(tmp_path).read(Spool(tmp_path).waiting()[0]).body["number"] == 7


def test_half_written_operation_is_not_waiting(tmp_path: Path) -> None:
    (tmp_path / ".draft" / "files").mkdir(parents=True)
    assert Spool(tmp_path).waiting() == []


def test_damaged_operation_says_where_it_is(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(_operation(1))
    (spool.waiting()[0] / "operation.json").write_text("{")
    with pytest.raises(DataError, match=str(tmp_path)):
        spool.read(spool.waiting()[0])


def test_refused_operation_is_kept_aside_with_the_reason(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.reject(_operation(1), "the parameter changed")
    assert spool.waiting() == []
    assert spool.read(spool.rejected()[0]).body["rejected_because"] == "the parameter changed"


def test_one_sender_at_a_time(tmp_path: Path) -> None:
    with Spool(tmp_path).alone() as first, Spool(tmp_path).alone() as second:
        assert (first, second) == (True, False)
    with Spool(tmp_path).alone() as again:
        assert again
