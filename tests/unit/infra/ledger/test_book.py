from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from infra.domain.costs import CostEntry
from infra.ledger.book import CostBook
from infra.ledger.summing import entries_of, sums_by
from infra.memory import memory_ports
from infra.ports import Ports
from tests.contracts.building import after, cost


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    """A ledger of three months and two models."""
    found = memory_ports(tmp_path)
    for day in range(90):
        found.costs.add([cost(f"{name} {day}", model=name, at=after(24 * day), amount=0.1) for name in ("a", "b")])
    return found


def test_a_month_that_nobody_wrote_to_is_read_once(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    book, read = CostBook(ports), list[str]()
    within = ports.costs.within

    def noting(start: datetime, end: datetime, model: str | None = None) -> list[CostEntry]:
        read.append(f"{model} {start:%m}")
        return within(start, end, model)

    monkeypatch.setattr(ports.costs, "within", noting)
    whole = book.tally(None)
    assert len(read) == len(set(read)) == len(ports.costs.changes())
    read.clear()
    assert book.tally(None) == whole
    assert book.tally("a").entries == 90
    assert read == []
    ports.costs.accrue([cost("a 0", model="a", amount=5.0)])
    assert book.tally(None).total()["EUR"] == pytest.approx(23.0)
    assert read == ["a 03"]


def test_its_sums_are_those_of_all_entries_newest_first(ports: Ports) -> None:
    book, entries = CostBook(ports), list(entries_of(ports, None))
    assert entries == ports.costs.page(None, 1_000)
    assert book.sums(None, "month") == sums_by(entries, "month")
    assert book.sums("a", "run") == sums_by(entries_of(ports, "a"), "run")
