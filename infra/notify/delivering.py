"""Delivery from the outbox: at least once, by one deliverer at a time, again later when a target is away.

A notice is put off before it is sent, so that one whose sender was killed is sent again under the same id, and not
at once by everybody. It knows no address: senders are handed in by name.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from infra.domain.alerts import Notice
from infra.domain.errors import Refused, Unavailable
from infra.notify.senders import Sender
from infra.ports import Leases, Outbox

log = logging.getLogger(__name__)

CLAIM_SECONDS = 60.0
"""How long a notice that is being sent is left alone by others."""
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 10.0, 3600.0
MOST_ATTEMPTS = 20
"""About 11 hours, after which a notice has failed."""
LEASE_NAME = ":notices"
"""No model can have this name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What came of one round."""

    sent: tuple[Notice, ...] = ()
    retried: tuple[Notice, ...] = ()
    failed: tuple[Notice, ...] = ()


def deliver_alone(
    outbox: Outbox, leases: Leases, senders: Mapping[str, Sender], *, clock: Callable[[], datetime]
) -> Delivered:
    """Deliver what is due, unless another process is at it."""
    if not outbox.due(clock(), 1):
        return Delivered()
    holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    try:
        lease = leases.acquire(LEASE_NAME, holder, clock(), CLAIM_SECONDS)
    except Refused:
        return Delivered()
    try:
        return deliver_due(
            outbox, senders, clock=clock, before_each=lambda: leases.renew(lease, clock(), CLAIM_SECONDS)
        )
    except Refused as lost:
        log.warning("another process has taken over the delivery of notices: %s", lost)
        return Delivered()
    finally:
        leases.release(lease)


def deliver_due(
    outbox: Outbox,
    senders: Mapping[str, Sender],
    *,
    clock: Callable[[], datetime],
    limit: int = 100,
    chance: Callable[[], float] = random.random,
    before_each: Callable[[], object] = lambda: None,
) -> Delivered:
    """Send up to `limit` notices that are due, oldest first; each stays in the outbox until its target has taken it.

    After a failure the other notices to that target are put off as well, without an attempt. `chance` gives the
    jitter, 0..1; `before_each` may raise to end the round.
    """
    sent: list[Notice] = []
    retried: list[Notice] = []
    failed: list[Notice] = []
    away: dict[str, datetime] = {}
    for notice in outbox.due(clock(), limit):
        before_each()
        if notice.target in away:
            outbox.save(replace(notice, not_before=away[notice.target]))
            continue
        outbox.save(replace(notice, not_before=clock() + timedelta(seconds=CLAIM_SECONDS)))
        problem = _send(notice, senders)
        if problem is None:
            sent.append(replace(notice, state="sent", problem=""))
            outbox.save(sent[-1])
            continue
        after = _after_failure(notice, problem, clock(), chance())
        outbox.save(after)
        away[notice.target] = max(after.not_before, clock())
        (failed if after.state == "failed" else retried).append(after)
    return Delivered(sent=tuple(sent), retried=tuple(retried), failed=tuple(failed))


def delay_seconds(attempts: int, chance: float) -> float:
    """How long to wait after this many failed attempts: doubled each time up to an hour, less a quarter by chance.

    >>> delay_seconds(1, 0.0), delay_seconds(3, 0.0), delay_seconds(20, 1.0)
    (10.0, 40.0, 2700.0)
    """
    full = min(FIRST_DELAY_SECONDS * 2.0 ** (attempts - 1), LONGEST_DELAY_SECONDS)
    return full * (1.0 - 0.25 * chance)


def _send(notice: Notice, senders: Mapping[str, Sender]) -> str | None:
    """The problem; None when the target has taken it."""
    sender = senders.get(notice.target)
    if sender is None:
        return f"KEEPSHARP_TARGETS gives no address to {notice.target}"
    try:
        sender.send(notice)
    except Unavailable as error:
        return str(error)
    except Exception as error:
        log.exception("a notice could not be sent: id=%s target=%s", notice.id, notice.target)
        return f"{notice.target} could not be told: {type(error).__name__}"
    return None


def _after_failure(notice: Notice, problem: str, now: datetime, chance: float) -> Notice:
    attempts = notice.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        log.error("a notice was given up on: id=%s target=%s problem=%s", notice.id, notice.target, problem)
        return replace(notice, attempts=attempts, state="failed", problem=problem)
    log.warning("a notice waits for another attempt: id=%s target=%s problem=%s", notice.id, notice.target, problem)
    later = now + timedelta(seconds=delay_seconds(attempts, chance))
    return replace(notice, attempts=attempts, problem=problem, not_before=later)
