"""Who may ask: the key that a request carries, or that a session was started with, its roles and its rate; or whom a
trusted proxy names; or, without keys, that no foreign page asks.

Known keys are read by `refresh`, so that `admit` waits for nothing, and a database that is away shuts nobody out.
It knows headers and roles, not routes: `roles` declares which route needs which.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import anyio
import structlog

from infra.domain.access import AccessRole, ApiKey
from infra.ports import Keys
from infra.settings import Settings
from services.inference.api_keys import digest_of, key_id_in
from services.inference.limits import TokenBucket
from services.inference.problems import Problem, clipped
from services.inference.sessions import Sessions, session_in
from services.inference.sites import is_loopback, is_own_site, names_loopback
from services.inference.trusted_proxy import TrustedProxy

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 2.0
"""How often the keys are read again: a revoked one stops working within this time and one read of the database."""
NeededRole = AccessRole | Literal["public"]
"""`public` asks for no key: whether the process is alive and ready."""
_READING: frozenset[NeededRole] = frozenset({"public", "read"})
_NO_DIGEST = "0" * 64
_CREATE = "`keepsharp keys create NAME --role {role}` makes one"
_MISDIRECTED = (
    "This service is bound to loopback and was asked as {host!r}: ask 127.0.0.1 or localhost. Behind a proxy set "
    "KEEPSHARP_ACCESS=keys, or KEEPSHARP_ALLOW_PUBLIC=true where the proxy asks who is there."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who is asking. `known` is False where nobody was asked who they are."""

    name: str
    roles: frozenset[AccessRole]
    known: bool = True

    def may(self, role: NeededRole) -> bool:
        """`admin` may everything."""
        return role == "public" or role in self.roles or "admin" in self.roles


EVERYBODY = Principal(name="anonymous", roles=frozenset({"admin"}), known=False)
NOBODY = Principal(name="anonymous", roles=frozenset(), known=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class _KnownKey:
    key: ApiKey
    principal: Principal
    bucket: TokenBucket


def is_open(settings: Settings) -> bool:
    """Whether nobody is asked for a key."""
    return settings.access == "open" or (settings.access == "auto" and is_loopback(settings.host))


class Access:
    """The keys of one installation as one process knows them."""

    def __init__(
        self,
        keys: Keys,
        *,
        open: bool,  # noqa: A002 - the word that the settings use
        requests_per_minute: int,
        own_hosts_only: bool = False,
        sessions: Sessions | None = None,
        proxy: TrustedProxy | None = None,
        refresh_seconds: float = REFRESH_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`own_hosts_only`: without keys, refuse a host name other than loopback's, as behind a rebound name."""
        self.open = open
        self._keys, self._per_minute, self._monotonic = keys, requests_per_minute, monotonic
        self._own_hosts_only, self._refresh_seconds = own_hosts_only, refresh_seconds
        self._sessions, self._proxy = sessions, proxy
        self._known: Mapping[str, _KnownKey] | None = None
        self._problem: str | None = None

    def admit(self, headers: Sequence[tuple[bytes, bytes]], role: NeededRole, client: str | None = None) -> Principal:
        """Who asks, when they may. Touches no disk and no network; `client` is the address the request came from.

        Raises:
            Problem: 401 no key, or one that is unknown or revoked; 403 a key without the role, or another site's page;
                421 a name that is not this machine's; 429 the key's requests are used up; 503 no key was ever read.
        """
        sent = dict(headers)
        self._refuse_foreign(sent, role)
        person = self._proxy.person(headers, client) if self._proxy else None
        if person is not None:
            return _allowed(Principal(name=person.name, roles=person.roles), role, "the proxy in front gives roles")
        if self.open:
            return EVERYBODY
        if role == "public":
            return NOBODY
        known = self._identify(sent, role)
        wait_seconds = known.bucket.take(self._monotonic())
        if wait_seconds:
            detail = f"The key {known.key.name} has used up its {known.bucket.per_minute} requests a minute: wait."
            raise Problem(429, detail, headers={"Retry-After": str(wait_seconds)})
        return _allowed(known.principal, role, _CREATE.format(role=role), "the key ")

    def start_session(self, secret: bytes) -> str | None:
        """The token of a new session for the key with this secret; None when no such key is in force."""
        known = self._key_of(secret)
        return self._sessions.start(known.key.id) if known is not None and self._sessions is not None else None

    async def refresh(self) -> None:
        """Read the keys again; while that fails, those known before go on working. Never raises for what it finds."""
        if self.open:
            return
        try:
            stored = await anyio.to_thread.run_sync(self._keys.all)
        except Exception as error:
            if self._problem is None:
                log.exception("the keys could not be read; those known before go on working")
            self._problem = str(error) or type(error).__name__
            return
        self._problem = None
        before = self._known or {}
        self._known = {key.id: self._know(key, before.get(key.id)) for key in stored if key.revoked_at is None}

    async def follow(self) -> None:
        """Refresh every few seconds, until cancelled; without keys there is nothing to follow."""
        while not self.open:
            await asyncio.sleep(self._refresh_seconds)
            await self.refresh()

    def _know(self, key: ApiKey, before: _KnownKey | None) -> _KnownKey:
        """A key seen before keeps its bucket, unless its rate was changed."""
        if before is not None and before.key == key:
            return before
        bucket = TokenBucket(key.per_minute or self._per_minute, now=self._monotonic())
        return _KnownKey(key=key, principal=Principal(name=key.name, roles=frozenset(key.roles)), bucket=bucket)

    def _refuse_foreign(self, sent: Mapping[bytes, bytes], role: NeededRole) -> None:
        """A browser names the page's own host, and sends the origin of the page with whatever changes something."""
        host, origin = sent.get(b"host"), sent.get(b"origin")
        if self.open and self._own_hosts_only and host is not None and not names_loopback(host):
            raise Problem(421, _MISDIRECTED.format(host=_shown(host)))
        if origin is not None and role not in _READING and not is_own_site(origin, host or b""):
            detail = f"A page of {_shown(origin)!r} sent this: only this service's own pages may make a browser do so."
            raise Problem(403, detail)

    def _identify(self, sent: Mapping[bytes, bytes], role: NeededRole) -> _KnownKey:
        if self._known is None:
            raise Problem(503, f"The keys could not be read yet ({self._problem or 'starting'}): ask again.")
        secret = secret_in(sent)
        if secret is None and (found := self._session_of(sent)) is not None:
            return found
        if secret is None:
            detail = (
                f"A key with the role {role} is needed: send `Authorization: Bearer ks_…` or `X-API-Key: ks_…`; "
                f"{_CREATE.format(role=role)}."
            )
            raise _unauthorized(sent, detail)
        known = self._key_of(secret)
        if known is None:
            raise _unauthorized(sent, "The key is unknown or was revoked: `keepsharp keys list` shows those there are.")
        return known

    def _session_of(self, sent: Mapping[bytes, bytes]) -> _KnownKey | None:
        """The key that the session in the cookie was started with, while both are in force."""
        token = session_in(sent) if self._sessions is not None else None
        if token is None or self._sessions is None or self._known is None:
            return None
        return self._known.get(self._sessions.key_id(token) or "")

    def _key_of(self, secret: bytes) -> _KnownKey | None:
        """The key with this secret, in the same time whether there is one or not."""
        known = (self._known or {}).get(key_id_in(secret) or "")
        same = hmac.compare_digest(digest_of(secret), known.key.digest if known else _NO_DIGEST)
        return known if same else None


def _allowed(who: Principal, role: NeededRole, remedy: str, kind: str = "") -> Principal:
    """The same when it has the role; raises Problem 403 with what it has, and how it would get it."""
    if not who.may(role):
        has = ", ".join(sorted(who.roles)) or "none"
        raise Problem(403, f"This needs the role {role}, and {kind}{who.name} has {has}: {remedy}.")
    return who


def secret_in(sent: Mapping[bytes, bytes]) -> bytes | None:
    """The secret that headers carry: `X-API-Key`, else `Authorization` as Bearer, or as the password of Basic."""
    own = sent.get(b"x-api-key")
    if own is not None:
        return own.strip()
    scheme, _, value = sent.get(b"authorization", b"").strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip()
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _unauthorized(sent: Mapping[bytes, bytes], detail: str) -> Problem:
    """A browser that wants a page is offered a way to ask its person."""
    page = b"text/html" in sent.get(b"accept", b"")
    challenge = 'Basic realm="keepsharp", charset="UTF-8"' if page else 'Bearer realm="keepsharp"'
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})


def _shown(value: bytes) -> str:
    return clipped(str(value, "latin-1"))
