"""Signatures that only this installation can make: what a browser is given to bring back, unchanged.

The secret lies beside the database, not in it: whoever reads the database can sign nothing. It knows no HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from infra.domain.errors import Unavailable
from infra.settings import Settings

SECRET_BYTES = 32


class Signer:
    """Signs short texts, each for one purpose; a signature for another purpose does not hold."""

    def __init__(self, read_secret: Callable[[], bytes]) -> None:
        """`read_secret` is called once, when the first signature is made or checked."""
        self._read_secret = read_secret

    def sign(self, purpose: str, text: str) -> str:
        """HMAC-SHA256, 43 characters that a cookie and a form may carry.

        >>> signer = Signer(lambda: b"a secret")
        >>> len(signer.sign("form", "abc")), signer.holds("form", "abc", signer.sign("form", "abc"))
        (43, True)
        >>> signer.holds("session", "abc", signer.sign("form", "abc"))
        False
        """
        made = hmac.digest(self._secret, f"{purpose}\0{text}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")

    def holds(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `sign` made the signature; takes the same time whatever it is."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode("utf-8", "replace"))

    @cached_property
    def _secret(self) -> bytes:
        return self._read_secret()


def installation_signer(settings: Settings) -> Signer:
    """The installation's own: `KEEPSHARP_SIGNING_SECRET`, else a file in its home that is made once."""
    if settings.signing_secret:
        return Signer(lambda: settings.signing_secret.encode())
    return Signer(lambda: read_or_make(settings.home.resolve() / "signing.secret"))


def read_or_make(path: Path) -> bytes:
    """The secret at `path`; of several processes that find none, all get the one that was there first.

    Raises:
        Unavailable: it can be neither read nor written.
    """
    try:
        if not path.exists():
            _place(path)
        found = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"the secret that signs sessions and forms cannot be kept at {path}: {error}") from error
    if len(found) < SECRET_BYTES:
        raise Unavailable(f"{path} is cut short: remove it, and everybody signs in again")
    return found


def _place(path: Path) -> None:
    """Written whole under another name first, then linked: nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first, and its secret counts
    finally:
        draft.unlink()
