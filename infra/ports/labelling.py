"""Labels held back, labels asked for, and what the alarms gathered from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from infra.domain.deeds import Deed
from infra.domain.labelling import AlarmState, Audit, Quarantine


class Quarantines(Protocol):
    """Labels held back from training."""

    def save(self, quarantine: Quarantine, deed: Deed | None = None) -> None:
        """Insert or replace by id; the deed goes on record in the same transaction."""

    def get(self, quarantine_id: str) -> Quarantine:
        """Raises NotFound."""

    def standing(self, model: str) -> list[Quarantine]:
        """Not yet released; oldest first."""

    def held_back(self, model: str, ids: Sequence[str]) -> set[str]:
        """Those of the prediction ids whose current label stands in quarantine."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Quarantine]:
        """Newest first."""


class Audits(Protocol):
    """Predictions whose truth was asked for."""

    def add(self, audits: Sequence[Audit]) -> None:
        """One that was asked for before stays as it is."""

    def asked(self, model: str, ids: Sequence[str]) -> dict[str, Audit]:
        """Those of the prediction ids that were asked for."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Audit]:
        """Newest first."""


class AlarmStates(Protocol):
    """What the degradation alarms have gathered."""

    def get(self, model: str) -> AlarmState | None: ...

    def save(self, state: AlarmState) -> None:
        """Replace the model's; one at an earlier place of the same promotion than the one kept is left out."""
