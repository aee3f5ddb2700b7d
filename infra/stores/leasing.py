"""Who may hold a lease: pure rules over what stands. Knows no database and reads no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.domain.errors import Refused
from infra.domain.values import require_utc
from infra.ports import Lease


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is stored about a model's lease; `holder` is None after it was given back. `token` only rises."""

    holder: str | None
    token: int
    expires_at: datetime


def decide_acquire(
    model: str,
    holder: str,
    now: datetime,
    seconds: float,
    standing: Standing | None,
    is_gone: Callable[[str], bool] = lambda _: False,
) -> Lease:
    """The lease that `holder` gets. Its token is new even for the same holder, whose earlier self may be a zombie.

    A lease that has not expired is taken over only when its holder is gone.

    Raises:
        Refused: another holder's lease has not expired.
    """
    now = require_utc(now, "now")
    token = 1
    if standing is not None:
        held = standing.holder is not None and standing.holder != holder and standing.expires_at > now
        if held and not is_gone(str(standing.holder)):
            raise Refused(
                f"{model!r} is being worked on by {standing.holder!r} until {standing.expires_at.isoformat()}: "
                "wait for it, or try again after that time"
            )
        token = standing.token + 1
    return Lease(model=model, holder=holder, token=token, expires_at=now + timedelta(seconds=seconds))


def decide_renew(lease: Lease, now: datetime, seconds: float, standing: Standing | None) -> Lease:
    """The same lease for longer, also when it has expired and nobody took it.

    Raises:
        Refused: it was taken over or given back.
    """
    check_token(lease.model, lease.token, standing)
    if standing is None or standing.holder is None:
        raise Refused(f"the lease {lease.token} on model {lease.model!r} was given back: acquire a new one")
    expires_at = require_utc(now, "now") + timedelta(seconds=seconds)
    return Lease(model=lease.model, holder=lease.holder, token=lease.token, expires_at=expires_at)


def check_token(model: str, token: int, standing: Standing | None) -> None:
    """Let the newest token pass.

    Raises:
        Refused: the lease that the token belongs to has been taken over, or there never was one.
    """
    if standing is None:
        raise Refused(f"there is no lease on model {model!r} with token {token}: acquire one first")
    if standing.token != token:
        raise Refused(
            f"the lease {token} on model {model!r} has been taken over (now {standing.token}, "
            f"held by {standing.holder or 'nobody'!r}): stop, and let the new holder finish"
        )
