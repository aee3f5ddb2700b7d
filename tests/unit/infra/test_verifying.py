from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, insert, update

from infra.domain.deeds import Broken, Verified
from infra.memory import memory_ports
from infra.ports import Ports
from infra.stores.decisions import SqlDecisions
from infra.stores.deeds import SqlDeeds
from infra.stores.records import to_row
from infra.stores.versions import SqlVersions
from infra.tables import champions, decisions, deed_heads, deeds
from infra.transactions import writing
from infra.verifying import verify_record
from tests.contracts.building import candidate, champion, decision


@pytest.fixture
def ports(sqlite_engine: Engine, tmp_path: object) -> Ports:
    """Two promotions and a rejection on record; version 2 serves."""
    doubles = memory_ports(tmp_path)  # type: ignore[arg-type]
    ports = replace(
        doubles,
        versions=SqlVersions(sqlite_engine),
        decisions=SqlDecisions(sqlite_engine),
        deeds=SqlDeeds(sqlite_engine),
    )
    for version in (1, 2, 3):
        ports.versions.add(candidate(version), "{}", b"w")
    ports.versions.crown(champion(1), decision(1))
    ports.versions.crown(champion(2), decision(2, previous_version=1))
    ports.decisions.add(decision(3, kind="reject"))
    return ports


def change(engine: Engine, *statements: object) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def broken(verified: Verified) -> Broken:
    assert verified.broken is not None
    return verified.broken


def test_a_record_that_nobody_touched_holds(ports: Ports) -> None:
    verified = verify_record(ports, "grid")
    assert (verified.holds, verified.links, verified.head) == (True, 3, ports.deeds.head("grid"))
    assert verify_record(ports, "another").links == 0


TAMPERING: list[tuple[str, object, int, str]] = [
    ("a decision changed", update(decisions).where(decisions.c.id == "decision 2").values(actor="eve"), 2, '"eve"'),
    ("a decision gone", delete(decisions).where(decisions.c.id == "decision 2"), 2, "no decision decision 2"),
    ("a decision put in", insert(decisions).values(to_row(decision(9))), 4, "decision decision 9"),
    ("a link gone", delete(deeds).where(deeds.c.place == 2), 2, "link 3 after link 1"),
    ("the last link gone", delete(deeds).where(deeds.c.place == 3), 3, "the chain ends at 2"),
    ("the head moved back", update(deed_heads).values(place=2), 3, "the chain ends at 3"),
    ("another champion", update(champions).values(version=1, sha256="hash 1"), 2, "version 1 serves"),
    (
        "an earlier promotion",
        update(champions).values(decision_id="decision 1", version=1),
        2,
        "by decision decision 1",
    ),
    ("an unknown promotion", update(champions).values(decision_id="none"), 4, "by decision none"),
]


@pytest.mark.parametrize(("statement", "place", "found"), [row[1:] for row in TAMPERING], ids=[r[0] for r in TAMPERING])
def test_what_was_changed_past_the_service_is_named(
    ports: Ports, sqlite_engine: Engine, statement: object, place: int, found: str
) -> None:
    change(sqlite_engine, statement)
    break_ = broken(verify_record(ports, "grid"))
    assert break_.place == place
    assert found in break_.found
