"""What is said once, on the page after a form: kept in a cookie for the one redirect between. It knows no page."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Literal

FLASH_COOKIE = "keepsharp_flash"
KEPT_SECONDS = 60
MOST_CHARACTERS = 600
FlashKind = Literal["done", "problem"]


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence: what was done, or why it was not."""

    kind: FlashKind
    text: str


def packed(flash: Flash) -> str:
    """The cookie's value.

    >>> unpacked(packed(Flash("done", "Acknowledged — 17:03")))
    Flash(kind='done', text='Acknowledged — 17:03')
    """
    raw = json.dumps([flash.kind, flash.text[:MOST_CHARACTERS]]).encode()
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def unpacked(value: str) -> Flash | None:
    """What a cookie says; None for what `packed` did not make. The text is escaped like any other.

    >>> unpacked("nonsense") is None
    True
    """
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (binascii.Error, ValueError, TypeError):
        return None
    if kind not in ("done", "problem") or not isinstance(text, str):
        return None
    return Flash(kind, text)
