"""The right to work on one model, held for as long as the work takes: renewed beside it, and lost once taken over.

A process that was paused past its lease finds it lost when it goes on; what it still tries is refused by the token.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime

from flows.desk import Desk
from infra.domain.errors import KeepsharpError, Refused
from infra.holders import is_gone, this_holder
from infra.ports import Lease, Leases

LEASE_SECONDS = 60.0
"""How long a machine that died keeps others waiting; a process that died on this machine keeps nobody."""
RENEWALS_A_LEASE = 4
_log = logging.getLogger(__name__)


class Hold:
    """A lease that is being renewed."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.lost: Refused | None = None

    @property
    def token(self) -> int:
        """What every write of the holder is fenced by."""
        return self.lease.token

    def require(self) -> None:
        """Stop here when somebody else holds it by now. Raises Refused."""
        if self.lost is not None:
            raise Refused(str(self.lost)) from self.lost


@contextmanager
def holding(desk: Desk, work: str, seconds: float = LEASE_SECONDS) -> Iterator[Hold]:
    """Hold the model's lease during the block, as `held` does.

    Raises:
        Refused: somebody else holds it.
    """
    with held(desk.ports.leases, desk.spec.model, work, desk.clock, seconds) as hold:
        yield hold


@contextmanager
def held(
    leases: Leases, name: str, work: str, clock: Callable[[], datetime], seconds: float = LEASE_SECONDS
) -> Iterator[Hold]:
    """Hold the lease of that name during the block. That of a process of this machine that has ended is taken at once.

    Raises:
        Refused: somebody else holds it.
    """
    hold = Hold(leases.acquire(name, this_holder(work), clock(), seconds, is_gone))
    ended = threading.Event()
    beat = threading.Thread(target=_renew, args=(leases, hold, clock, seconds, ended), name="lease", daemon=True)
    beat.start()
    try:
        yield hold
    finally:
        ended.set()
        beat.join()
        leases.release(hold.lease)


@contextmanager
def if_free(hold: AbstractContextManager[Hold]) -> Iterator[Hold | Refused]:
    """What `held` or `holding` gives; or, for whoever then has nothing to do, the word of who was there first."""
    with ExitStack() as stack:
        found: Hold | Refused
        try:
            found = stack.enter_context(hold)
        except Refused as other:
            found = other
        yield found


def is_held(leases: Leases, name: str, clock: Callable[[], datetime]) -> bool:
    """Whether somebody alive holds the lease of that name; it is taken and given back to find out."""
    try:
        leases.release(leases.acquire(name, this_holder("asking"), clock(), LEASE_SECONDS, is_gone))
    except Refused:
        return True
    return False


def _renew(leases: Leases, hold: Hold, clock: Callable[[], datetime], seconds: float, ended: threading.Event) -> None:
    """Until the work has ended or the lease was taken over; what was away is asked again."""
    while not ended.wait(seconds / RENEWALS_A_LEASE):
        try:
            leases.renew(hold.lease, clock(), seconds)
        except Refused as refusal:
            hold.lost = refusal
            return
        except KeepsharpError as problem:
            _log.warning("the lease on %s could not be renewed and is tried again: %s", hold.lease.model, problem)
