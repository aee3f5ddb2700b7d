"""Who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from infra.domain.access import ApiKey
from infra.domain.deeds import Deed


class Keys(Protocol):
    """API keys, revoked ones included. A deed that comes with one goes on record in the same transaction."""

    def add(self, key: ApiKey, deed: Deed | None = None) -> None:
        """Raises Conflict when another key that is not revoked has its name."""

    def all(self) -> list[ApiKey]:
        """Oldest first."""

    def revoke(self, name: str, at: datetime, deed: Deed | None = None) -> ApiKey:
        """Raises NotFound when no key that is not revoked has the name."""
