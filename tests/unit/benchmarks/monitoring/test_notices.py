from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.monitoring.notices import Book, at_once, crossing
from infra.database import open_engine
from infra.tables import metadata


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    engine = open_engine(f"sqlite:///{tmp_path / 'alerts.db'}")
    metadata.create_all(engine)
    yield Book(engine, "m")
    engine.dispose()


def test_what_breaks_at_once_is_one_notice_for_each_group_and_target(book: Book) -> None:
    _, most, notices = at_once(book, 40)
    assert (most, notices) == (1, 4)
    assert len(book.alerts.unresolved("m")) == 40


def test_a_figure_that_crosses_again_and_again_is_told_twice_at_most(book: Book) -> None:
    told, kept = crossing(book)
    assert 1 <= told <= 2
    assert kept >= 1
