"""Who may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from infra.domain.access import ApiKey


class Keys(Protocol):
    """API keys, revoked ones included."""

    def add(self, key: ApiKey) -> None:
        """Raises Conflict when another key that is not revoked has its name."""

    def all(self) -> list[ApiKey]:
        """Oldest first."""

    def revoke(self, name: str, at: datetime) -> ApiKey:
        """Raises NotFound when no key that is not revoked has the name."""
