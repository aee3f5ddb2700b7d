"""A killed service has lost nothing that it acknowledged, and stored nothing twice; `make chaos` does it at length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.ordeal import Summary, endure, home_at
from tests.chaos.outages import make_database
from tests.chaos.service import Nursery

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("services")) as made:
        yield made


def test_on_sqlite_also_while_it_is_locked_and_while_the_spill_is_replayed(nursery: Nursery, tmp_path: Path) -> None:
    summary = endure(nursery, home_at(tmp_path), ("serving", "spilling", "serving", "draining"), seed=11)
    _check(summary)


@pytest.mark.postgres
def test_on_postgresql_also_while_it_is_away(nursery: Nursery, tmp_path: Path, postgres_url: str) -> None:
    database = make_database(postgres_url, "chaos")
    summary = endure(nursery, home_at(tmp_path, database), ("serving", "spilling"), seed=12)
    _check(summary)


def _check(summary: Summary) -> None:
    assert summary.problems == []
    assert summary.tried_again > 0, "no client noticed that the service was killed"
    assert summary.rows_acknowledged > summary.requests_acknowledged > summary.rounds
