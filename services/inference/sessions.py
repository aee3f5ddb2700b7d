"""Sessions of people who showed a key once: a signed note of which key it was and until when it counts.

Nothing is stored: a session ends with its time, with its key, or with the installation's secret. It knows no HTTP
beyond the name of its cookie.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping

from infra.signing import Signer

COOKIE = b"keepsharp_session"
_LONGEST = 200


class Sessions:
    """Makes and reads session tokens: `<key id>.<ends, Unix seconds>.<random>.<signature>`."""

    def __init__(self, signer: Signer, *, seconds: int, now: Callable[[], float] = time.time) -> None:
        self.seconds = seconds
        self._signer, self._now = signer, now

    def start(self, key_id: str) -> str:
        """The token of a new session."""
        said = f"{key_id}.{int(self._now()) + self.seconds}.{secrets.token_urlsafe(9)}"
        return f"{said}.{self._signer.sign('session', said)}"

    def key_id(self, token: str) -> str | None:
        """The key that the session was started with; None for a token that was not made here or whose time is over."""
        said, _, signature = token.rpartition(".")
        if not said or len(token) > _LONGEST or not self._signer.holds("session", said, signature):
            return None
        key_id, ends, _ = said.split(".")
        return key_id if self._now() < int(ends) else None


def session_in(sent: Mapping[bytes, bytes]) -> str | None:
    """The token in a `Cookie` header.

    >>> session_in({b"cookie": b"theme=dark; keepsharp_session=abc.1.x.y"})
    'abc.1.x.y'
    """
    for pair in sent.get(b"cookie", b"").split(b";"):
        name, _, value = pair.strip().partition(b"=")
        if name == COOKIE:
            return str(value, "latin-1")
    return None
