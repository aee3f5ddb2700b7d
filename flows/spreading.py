"""Work on a stretch of traffic in shares, here or elsewhere; what the shares give is the same wherever it is done.

A share is named, not read: whoever does it opens the database and reads it there. It knows nothing of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from infra.domain.stretches import Stretch, blocks_of
from infra.ports import Ports

T = TypeVar("T")
SHARE_PLACES = 500_000
"""Places in the order of arrival that one share has."""
Work = Callable[[Ports, Stretch], T]
"""Must be something that another process can be sent, where it is sent to one."""


class Spread(Protocol):
    """Does the work on each share, and gives what came of it in the order of the shares."""

    def __call__(self, ports: Ports, work: Work[T], shares: Sequence[Stretch]) -> Iterator[T]: ...


def in_turn(ports: Ports, work: Work[T], shares: Sequence[Stretch]) -> Iterator[T]:
    """One after the other, in this process."""
    for share in shares:
        yield work(ports, share)


def shares_of(stretch: Stretch) -> list[Stretch]:
    """The stretch in shares; it names its first and last place."""
    return [*blocks_of(stretch, SHARE_PLACES)]
