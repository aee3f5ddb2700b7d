"""Who may do what: roles, and the keys that carry them. A key's secret is never kept, only its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

AccessRole = Literal["predict", "label", "operate", "read", "admin"]
"""Ask for answers · tell the truth · retrain, promote, roll back, look after alerts · see · all of it and the keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """One key as it is kept. `digest` is the SHA-256 of its secret, in hex.

    A secret holds 256 random bits, so that a plain hash of it cannot be searched. `per_minute` limits its requests;
    None leaves it to the installation.
    """

    id: str
    name: str
    roles: tuple[AccessRole, ...]
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None
    per_minute: int | None = None
