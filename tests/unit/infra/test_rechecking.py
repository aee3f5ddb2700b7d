from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, update

from infra.ports import Ports
from infra.rechecking import WHOLE_EVERY, Rechecking
from infra.tables import champions, decisions, deeds
from tests.contracts.building import NOON, decision
from tests.unit.infra.test_verifying import change, ports  # noqa: F401  the fixture


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> object:
        return self.now


def test_what_was_added_is_checked_from_the_last_link_that_held(ports: Ports, sqlite_engine: Engine) -> None:  # noqa: F811
    clock = Clock()
    records = Rechecking(ports, clock)  # type: ignore[arg-type]
    assert records.check("grid").verified.links == 3
    clock.now += timedelta(minutes=5)
    ports.decisions.add(decision(4, kind="reject"))
    again = records.check("grid")
    assert (again.verified.holds, again.verified.links, again.whole_at) == (True, 4, NOON)
    assert again.verified.head == ports.deeds.head("grid")
    change(sqlite_engine, update(deeds).where(deeds.c.place == 2).values(actor="eve"))
    assert records.check("grid").verified.holds, "an older link is looked at with the next whole check"
    assert not records.check("grid", whole=True).verified.holds
    assert not records.check("grid").verified.holds, "what did not hold is not trusted"


def test_a_whole_check_comes_by_itself_after_an_hour(ports: Ports, sqlite_engine: Engine) -> None:  # noqa: F811
    clock = Clock()
    records = Rechecking(ports, clock)  # type: ignore[arg-type]
    records.check("grid")
    change(sqlite_engine, update(decisions).where(decisions.c.id == "decision 2").values(actor="eve"))
    assert records.check("grid").verified.holds
    clock.now += WHOLE_EVERY
    found = records.check("grid").verified
    assert found.broken is not None
    assert found.broken.place == 2


def test_a_new_link_that_was_changed_and_a_champion_of_nobody_are_found_at_once(
    ports: Ports,  # noqa: F811
    sqlite_engine: Engine,
) -> None:
    records = Rechecking(ports, Clock())  # type: ignore[arg-type]
    records.check("grid")
    ports.decisions.add(decision(4, kind="reject"))
    change(sqlite_engine, update(decisions).where(decisions.c.id == "decision 4").values(actor="eve"))
    found = records.check("grid").verified
    assert found.broken is not None
    assert (found.broken.place, "eve" in found.broken.found) == (4, True)
    change(sqlite_engine, update(decisions).where(decisions.c.id == "decision 4").values(actor="keepsharp"))
    assert records.check("grid").verified.holds
    change(sqlite_engine, update(champions).values(version=1, sha256="hash 1"))
    found = records.check("grid").verified
    assert found.broken is not None
    assert "version 1 serves" in found.broken.found
