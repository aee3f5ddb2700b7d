"""A disk without room: predictions are refused out loud, none that was acknowledged is lost, and it heals by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from infra.database import migrate, open_engine
from infra.domain.errors import StorageFull, Unavailable
from infra.spill.spilling import SpillingPredictions
from infra.stores.predictions import SqlPredictions
from infra.transactions import reading, writing
from services.inference.problems import status_of
from tests.chaos.small_disk import SmallDisk
from tests.contracts.building import prediction

HEAL_SECONDS = 30.0


class FullDisk(SmallDisk):
    """One of 2 MB, of which nothing is left when it is full."""

    def fill(self) -> None:
        super().fill()
        assert shutil.disk_usage(self.folder).free == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FullDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: a full disk, since no small tmpfs can be mounted here ({mounted.stderr.strip()})")
    yield FullDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def engine(disk: FullDisk) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{disk.folder / 'keepsharp.db'}")
    migrate(made)
    yield made
    made.dispose()


@contextmanager
def spilling(engine: Engine, folder: Path) -> Iterator[SpillingPredictions]:
    spill = SpillingPredictions(SqlPredictions(engine), folder, 100_000_000)
    spill.start()
    yield spill
    spill.close()


def send_until_refused(spill: SpillingPredictions, acknowledged: list[str], name: str) -> Unavailable:
    """Store predictions of 4 KB until one is refused; the refusal."""
    for n in range(2_000):
        one = prediction(f"{name}-{n}", features={"note": "x" * 4_000})
        try:
            acknowledged += [stored.id for stored in spill.add([one])]
        except Unavailable as error:
            return error
    raise AssertionError("the disk was never full")


def heal(spill: SpillingPredictions, acknowledged: list[str], name: str) -> float:
    """Retry one prediction until it is stored and nothing waits; how many seconds that took."""
    began = time.monotonic()
    while True:
        try:
            acknowledged += [stored.id for stored in spill.add([prediction(name)])]
        except Unavailable:
            pass
        else:
            break
        assert time.monotonic() - began < HEAL_SECONDS, "it did not heal"
        time.sleep(0.05)
    while spill.rows:
        assert time.monotonic() - began < HEAL_SECONDS, f"{spill.rows} rows still wait"
        time.sleep(0.05)
    return time.monotonic() - began


def check_whole(engine: Engine, acknowledged: list[str]) -> None:
    found = SqlPredictions(engine).between("grid", 1, 10**9)
    assert [row.prediction.id for row in found] == acknowledged
    assert [row.seq for row in found] == list(range(1, len(found) + 1))
    with reading(engine) as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_disk_that_fills_up_under_traffic_refuses_loses_nothing_and_heals(disk: FullDisk, engine: Engine) -> None:
    acknowledged: list[str] = []
    with spilling(engine, disk.folder / "spill") as spill:
        acknowledged += [one.id for one in spill.add([prediction("first")])]
        for round_ in range(3):
            (disk.folder / "room").write_bytes(bytes(200_000))
            disk.fill()
            (disk.folder / "room").unlink()
            refusal = send_until_refused(spill, acknowledged, f"round {round_}")
            assert isinstance(refusal, StorageFull)
            assert status_of(refusal) == 507
            assert "room" in str(refusal)
            disk.make_room()
            heal(spill, acknowledged, f"after round {round_}")
            assert list((disk.folder / "spill").iterdir()) == []
    assert len(acknowledged) > 30, "it was not full from the beginning"
    check_whole(engine, acknowledged)


def test_a_full_disk_of_the_database_is_no_outage_where_the_spill_has_room(
    disk: FullDisk, engine: Engine, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    with spilling(engine, tmp_path / "spill") as spill:
        disk.fill()
        for n in range(50):
            acknowledged += [one.id for one in spill.add([prediction(f"p{n}", features={"note": "x" * 4_000})])]
        assert spill.rows > 40
        disk.make_room()
        heal(spill, acknowledged, "after")
    check_whole(engine, acknowledged)


def test_a_full_disk_of_the_spill_is_said_and_over_when_the_database_is_back(
    disk: FullDisk, sqlite_engine: Engine
) -> None:
    acknowledged: list[str] = []
    other = open_engine(str(sqlite_engine.url))
    with spilling(sqlite_engine, disk.folder / "spill") as spill:
        with writing(other):
            refusal = send_until_refused(spill, acknowledged, "locked")
            assert isinstance(refusal, StorageFull)
            assert spill.rows == len(acknowledged) > 100
        heal(spill, acknowledged, "after")
    other.dispose()
    check_whole(sqlite_engine, acknowledged)


def test_an_append_that_found_no_room_leaves_a_spill_that_can_be_read(disk: FullDisk, sqlite_engine: Engine) -> None:
    acknowledged: list[str] = []
    other = open_engine(str(sqlite_engine.url))
    with spilling(sqlite_engine, disk.folder / "spill") as spill, writing(other):
        send_until_refused(spill, acknowledged, "locked")
    left = sorted(os.listdir(disk.folder / "spill"))
    assert left
    with spilling(sqlite_engine, disk.folder / "spill") as again:
        heal(again, acknowledged, "after")
    other.dispose()
    check_whole(sqlite_engine, acknowledged)
    assert list((disk.folder / "spill").iterdir()) == [], "nothing was taken for damage"
