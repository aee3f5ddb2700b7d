"""What changed is told to everybody who listens, by one look for all of them, and by none while nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from infra.domain.errors import Unavailable
from infra.memory import memory_ports
from services.dashboard.pulse import Pulse, changed_topics, marks_of
from tests.contracts import building as make
from tests.unit.services.dashboard.building import lived_in, register

pytestmark = pytest.mark.anyio


class Looks:
    """Gives one set of marks after another, the last one for ever, and counts."""

    def __init__(self, *marks: Mapping[str, object] | Exception) -> None:
        self._marks: Iterator[Mapping[str, object] | Exception] = iter(marks)
        self._last: Mapping[str, object] = {}
        self.count = 0

    def __call__(self) -> Mapping[str, object]:
        self.count += 1
        found = next(self._marks, self._last)
        if isinstance(found, Exception):
            raise found
        self._last = found
        return found


async def test_all_who_listen_hear_the_same_of_one_look() -> None:
    looks = Looks({"fleet": 1}, {"fleet": 2})
    pulse = Pulse(looks, seconds=0.01)
    heard = await asyncio.gather(*[anext(pulse.changes()) for _ in range(20)])
    assert heard == [frozenset({"fleet"})] * 20
    assert looks.count == 2


async def test_nobody_looks_while_nobody_listens() -> None:
    looks = Looks({"fleet": 1}, {"fleet": 2})
    pulse = Pulse(looks, seconds=0.001)
    changes = pulse.changes()
    await anext(changes)
    await changes.aclose()
    await asyncio.sleep(0.02)
    before = looks.count
    await asyncio.sleep(0.02)
    assert looks.count == before


async def test_a_database_that_is_away_ends_no_stream() -> None:
    pulse = Pulse(Looks({"a": 1}, Unavailable("away"), Unavailable("away"), {"a": 2}), seconds=0.001)
    assert await anext(pulse.changes()) == {"a"}


async def test_silence_gives_signs_of_life_and_closing_ends_it() -> None:
    pulse = Pulse(Looks({"a": 1}), seconds=0.001)
    changes = pulse.changes(alive_seconds=0.01)
    assert await anext(changes) == frozenset()
    pulse.close()
    assert [one async for one in changes if one] == []


def test_what_a_page_shows_changes_its_models_mark_and_no_other(tmp_path: Path) -> None:
    ports = lived_in(memory_ports(tmp_path))
    register(ports, "other")
    before = marks_of(ports)
    assert changed_topics(before, marks_of(ports)) == frozenset()
    ports.windows.save(make.window(5))
    after_window = marks_of(ports)
    assert changed_topics(before, after_window) == {"model:grid", "fleet"}
    (alert,) = ports.alerts.unresolved("grid")
    ports.alerts.save(replace(alert, state="acknowledged"))
    assert changed_topics(after_window, marks_of(ports)) == {"model:grid", "fleet", "alerts"}
    before = marks_of(ports)
    ports.runs.save(make.run("run 9", version=9, at=make.after(20)))
    assert changed_topics(before, marks_of(ports)) == {"model:grid", "fleet"}
