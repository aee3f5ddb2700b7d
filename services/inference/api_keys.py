"""The secret of an API key: made once, shown once, and afterwards known by its digest alone.

A secret is `ks_<id of the key>_<256 random bits>`: the id finds the key without a search through digests, and says
nothing. It knows no store and no HTTP.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.domain.access import AccessRole, ApiKey

KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""What a key may be called: it becomes the actor of what is done with it."""
_SECRET = re.compile(rb"ks_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, kw_only=True, slots=True)
class MintedKey:
    """A new key beside its secret, which nobody can learn later."""

    key: ApiKey
    secret: str = field(repr=False)


def mint_key(name: str, roles: Sequence[AccessRole], *, at: datetime, per_minute: int | None = None) -> MintedKey:
    """A key that nobody has yet; storing it is the caller's."""
    key_id = secrets.token_hex(8)
    secret = f"ks_{key_id}_{secrets.token_urlsafe(32)}"
    digest = digest_of(secret.encode())
    key = ApiKey(
        id=key_id, name=name, roles=tuple(dict.fromkeys(roles)), digest=digest, created_at=at, per_minute=per_minute
    )
    return MintedKey(key=key, secret=secret)


def digest_of(secret: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(secret).hexdigest()


def key_id_in(secret: bytes) -> str | None:
    """The id of the key that the secret says it belongs to; None for what has not the form of a secret.

    >>> key_id_in(b"ks_00112233aabbccdd_" + b"x" * 43)
    '00112233aabbccdd'
    >>> key_id_in(b"hunter2") is None
    True
    """
    found = _SECRET.fullmatch(secret)
    return str(found[1], "ascii") if found else None
