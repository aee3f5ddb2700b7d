"""The signature of a webhook: its receiver knows that it comes from here, and when it was sent."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256

UNSIGNED = "unsigned"


def signature_of(body: bytes, secret: str, at: datetime) -> str:
    """The value of `X-Keepsharp-Signature`: `t=SECONDS,v1=HEX`, HMAC-SHA256 over `SECONDS.BODY`.

    Without a secret it says `unsigned`. A receiver computes the same, compares in constant time, and turns away what
    is older than it likes.
    """
    if not secret:
        return UNSIGNED
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
    return f"t={seconds},v1={digest}"
