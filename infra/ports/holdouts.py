"""What held-out rows were used for."""

from __future__ import annotations

from typing import Protocol

from infra.domain.holdouts import HoldoutUse


class HoldoutUses(Protocol):
    """The ledger of held-out rows: every test of a candidate on them, never changed afterwards."""

    def add(self, use: HoldoutUse, fencing_token: int | None = None) -> None:
        """Keep it; the same one again is taken as a retry.

        Raises:
            Conflict: another use has its id.
            Refused: the lease that the token belongs to has been taken over.
        """

    def page(self, model: str, limit: int, offset: int = 0) -> list[HoldoutUse]:
        """Newest first."""
