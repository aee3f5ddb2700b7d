"""A process that is killed at one of its writes: as good as SIGKILL, since nothing that catches errors catches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta

from infra.ports import Ports
from tests.builders import MODEL, START, Loop

WRITES = ("save", "save_all", "add", "crown", "appoint", "dismiss", "alias_champion", "register")


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """A port whose writes are told first, and may be the last thing that its process does."""

    def __init__(self, port: object, name: str, told: Callable[[str], None]) -> None:
        self._port, self._name, self._told = port, name, told

    def __getattr__(self, method: str) -> object:
        found = getattr(self._port, method)
        if method not in WRITES:
            return found

        def call(*given: object, **named: object) -> object:
            self._told(f"{self._name}.{method}")
            return found(*given, **named)

        return call


def dying(ports: Ports, told: Callable[[str], None]) -> Ports:
    """The same ports, each with its writes told before they are done."""
    ours = ("shadows", "alerts", "triggers", "runs", "versions", "decisions", "standing_tests", "registry", "costs")
    wrapped = {one.name: Dying(getattr(ports, one.name), one.name, told) for one in fields(ports) if one.name in ours}
    return replace(ports, **wrapped)  # type: ignore[arg-type]  # it has what the port has


def killed_everywhere(
    begin: Callable[[], Loop], work: Callable[[Loop], object], since: str
) -> Iterator[tuple[str, Loop]]:
    """Each write that comes after the first call of `since`, and the loop as a process left it that was killed there.

    The lease of the dead stands, and is over for whoever looks an hour later.
    """
    place = 0
    while True:
        loop = begin()
        writes: list[str] = []

        def told(name: str, writes: list[str] = writes, last: int = place) -> None:
            if writes or name == since:
                writes.append(name)
            if len(writes) == last + 2:
                raise Killed

        cut = replace(loop, desk=replace(loop.desk, ports=dying(loop.ports, told)))
        try:
            work(cut)
        except Killed:
            loop.ports.leases.acquire(MODEL, "the dead", START, 60.0)
            yield writes[-1], an_hour_later(loop)
            place += 1
            continue
        assert place, f"nothing was written after {since}"
        return


def an_hour_later(loop: Loop) -> Loop:
    """The same model, looked at when leases of before are over."""
    return replace(loop, desk=replace(loop.desk, clock=lambda: START + timedelta(hours=1)))
