from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.spill.refused import Refused
from infra.spool import Operation, Spool
from services.cli.packages import BAD_PAIRS, LOCK, BadPair, check_lock, check_pairs, check_torch, installed_packages
from services.cli.surroundings import check_database, check_disk, check_mlflow, check_python, check_spill, check_sqlite
from tests.contracts.building import prediction
from tests.unit.infra.spill.building import opened
from tests.unit.services.cli.commands.conftest import AWAY, Place

GOOD = {"pandas": "3.0.6", "evidently": "0.7.23", "fastapi": "0.150.0", "prefect": "3.8.8", "sqlalchemy": "2.0.58"}


def test_an_installation_that_is_well_passes(place: Place) -> None:
    found = place.json("doctor")
    assert found["failed"] == 0
    checks = {one["name"]: one for one in found["checks"]}
    assert "at revision" in checks["database"]["text"]
    assert checks["MLflow"]["word"] == "warn", "nothing listens there"
    assert "operations wait" in checks["MLflow's line"]["text"]
    assert sqlite3.sqlite_version in checks["SQLite"]["text"]


def test_a_failure_exits_1_and_says_what_to_do(place: Place) -> None:
    (place.home / "keepsharp.db").write_bytes(b"this is no database")
    code, out, _ = place.run("doctor")
    assert code == 1
    (line,) = [line for line in out.splitlines() if line.startswith("fail")]
    assert "restore it from a backup" in line


def test_an_empty_home_is_well_and_stays_empty(empty: Place) -> None:
    code, out, _ = empty.run("doctor")
    assert code == 0
    assert "the first use makes it" in out
    assert not empty.home.exists()


def test_what_waits_in_the_spill_is_said(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert check_spill(settings).word == "ok"
    waiting = opened(settings.spill)
    waiting.append([prediction("a"), prediction("b")])
    waiting.close()
    finding = check_spill(settings)
    assert finding.word == "warn"
    assert "2 predictions" in finding.text
    Refused(settings.spill).add(prediction("c"), "it stands with other features")
    finding = check_spill(settings)
    assert "1 predictions were refused" in finding.text
    assert str(settings.spill) in finding.advice


def test_what_is_installed_is_what_is_locked() -> None:
    finding = check_lock(LOCK.read_text(encoding="utf-8"), installed_packages())
    assert finding.word == "ok", finding.text


@pytest.mark.parametrize(
    ("installed", "word", "said"),
    [({"a-b": "1.0"}, "ok", "all 1"), ({"a-b": "1.1"}, "warn", "a.b 1.1 (==1.0)"), ({}, "fail", "missing: a.b")],
)
def test_another_version_warns_and_a_missing_one_fails(installed: dict[str, str], word: str, said: str) -> None:
    lock = "# a comment\na.b==1.0 \\\n    --hash=sha256:0\n    # via c\nz==1 ; python_version < '3'\n"
    finding = check_lock(lock, installed)
    assert finding.word == word
    assert said in finding.text


@pytest.mark.parametrize("pair", BAD_PAIRS, ids=lambda pair: pair.package)
def test_a_known_bad_combination_fails(pair: BadPair) -> None:
    assert [one.word for one in check_pairs(GOOD)] == ["ok", "ok", "ok"]
    place = BAD_PAIRS.index(pair)
    bad = {**GOOD, BAD_PAIRS[place].package: f"{BAD_PAIRS[place].broken_from}.0"}
    words = [one.word for one in check_pairs(bad)]
    assert words[place] == "fail"
    assert words.count("fail") == 1


@pytest.mark.parametrize(
    ("installed", "gpu", "word", "said"),
    [
        ({"torch": "2.13.0+cpu"}, False, "ok", "CPU build"),
        ({"torch": "2.13.0+cpu"}, True, "warn", "beside an NVIDIA card"),
        ({"torch": "2.13.0+cu128"}, True, "ok", "trains on the card"),
        ({"torch": "2.13.0", "nvidia-cublas-cu12": "1"}, False, "ok", "CUDA build; trains on the CPU"),
        ({"torch": "2.13.0", "nvidia-ml-py": "1"}, False, "ok", "CPU build"),
        ({}, False, "fail", "not installed"),
    ],
)
def test_torch_fits_the_machine(installed: dict[str, str], gpu: bool, word: str, said: str) -> None:
    finding = check_torch(installed, gpu=gpu)
    assert finding.word == word
    assert said in finding.text


def test_the_journal_follows_from_the_version_of_sqlite() -> None:
    assert "journal TRUNCATE" in check_sqlite("3.45.1").text
    assert "journal WAL" in check_sqlite("3.51.3").text


def test_python_too_old_or_new_fails() -> None:
    assert check_python((3, 11, 7)).word == "ok"
    assert check_python((3, 14, 0)).word == "fail"


@pytest.mark.parametrize(("free", "word"), [(50_000_000_000, "ok"), (1_000_000_000, "warn"), (1_000_000, "fail")])
def test_a_full_disk_warns_then_fails(tmp_path: Path, free: int, word: str) -> None:
    assert check_disk(tmp_path / "not" / "yet", free_bytes=free).word == word


def test_mlflow_by_file(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert [one.word for one in check_mlflow(settings)] == ["ok"]
    (tmp_path / "mlflow.db").write_bytes(b"no database at all, and long enough to be looked at")
    assert [one.word for one in check_mlflow(settings)] == ["fail"]


def test_what_mlflow_refused_is_shown(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").reject(Operation(kind="log", model="m", run="r", body={}), "too long")
    words = [(one.name, one.word) for one in check_mlflow(Settings(home=tmp_path, mlflow_uri=AWAY))]
    assert words == [("MLflow", "warn"), ("MLflow's line", "warn")]


def test_a_database_without_tables_is_brought_up_later(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "keepsharp.db").close()
    (tmp_path / "keepsharp.db").touch()
    finding = check_database(Settings(home=tmp_path))
    assert (finding.word, "revision none" in finding.text) == ("warn", True)


def test_security_is_looked_at_on_its_own_and_fails_with_what_to_do(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.home.chmod(0o700)
    found = place.json("doctor", "--security")
    assert found["failed"] == 0
    names = {one["name"] for one in found["checks"]}
    assert {"address", "keys", "MLflow", "Prefect", "home", "versions", "debugging"} <= names
    assert "SQLite" not in names
    monkeypatch.setenv("KEEPSHARP_HOST", "0.0.0.0")
    monkeypatch.setenv("KEEPSHARP_ACCESS", "open")
    code, out, _ = place.run("doctor", "--security")
    assert code == 1
    (line,) = [line for line in out.splitlines() if line.startswith("fail")]
    assert "KEEPSHARP_ACCESS=keys" in line
