"""What was seen in the traffic, who is told, and the reasons to retrain that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from infra.domain.alerts import Alert, AlertChange, AlertState, Heartbeat, Notice, Trigger, TriggerState
from infra.domain.deeds import Deed
from infra.domain.windows import DriftGlance, Window


class Windows(Protocol):
    """Windows of traffic and what was measured in them."""

    def save(self, window: Window) -> None:
        """Insert, or replace the window with the same model and index."""

    def last(self, model: str) -> Window | None: ...

    def provisional(self, model: str) -> list[Window]:
        """Oldest first."""

    def unheard(self, model: str) -> list[Window]:
        """Measured, and without a report on their labels, which a look keeps last of all; oldest first."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        """Newest first."""

    def spans(self, model: str, limit: int) -> list[tuple[datetime, datetime]]:
        """Start and end of what `page` gives."""

    def get(self, model: str, index: int) -> Window:
        """Raises NotFound."""

    def glances(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        """As `page`, all without their drift reports: 400 of them are read in some 15 ms, however many columns."""

    def drifts(self, model: str, limit: int, offset: int = 0) -> list[DriftGlance]:
        """How the same windows drifted; those that were not compared are left out."""


class Alerts(Protocol):
    """Broken rules, until they are resolved and after."""

    def save(self, alert: Alert, notices: Sequence[Notice] = (), deed: Deed | None = None) -> None:
        """Insert or replace by id, put the notices into the outbox and the deed on record, in one transaction.

        A notice whose id is in the outbox already is left out.

        Raises:
            Conflict: another alert with the same `dedup_key` is not yet resolved.
        """

    def save_all(self, changes: Sequence[AlertChange], known: Sequence[Alert] = ()) -> None:
        """All of them in order, each as by `save`, in one transaction.

        `known` is how those of them that are kept already were found.

        Raises:
            Conflict: as by `save`, or one of `known` was changed since; nothing is saved.
        """

    def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""

    def found(self, alert_ids: Sequence[str]) -> list[Alert]:
        """Those of them that are kept, in the order of the ids."""

    def unresolved(self, model: str | None = None) -> list[Alert]:
        """Open, acknowledged or silenced; oldest first; of all models when None."""

    def pending(self, model: str) -> list[Alert]:
        """Broken, not yet for long enough; oldest first."""

    def page(self, model: str, limit: int, offset: int = 0, state: AlertState | None = None) -> list[Alert]:
        """Newest first."""


class Outbox(Protocol):
    """Messages that wait to be delivered. They are put in by `Alerts.save`, in its transaction."""

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """Waiting ones whose moment has come, oldest first."""

    def save(self, notice: Notice) -> None:
        """Replace by id."""

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[Notice]:
        """Newest first; of all models when None."""


class Heartbeats(Protocol):
    """Signs of life."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Replace the one of the same name and model."""

    def all(self) -> list[Heartbeat]:
        """By name and model."""

    def last(self, name: str, model: str) -> Heartbeat | None:
        """The newest of this name and model."""


class Triggers(Protocol):
    """Reasons to retrain, refused ones included."""

    def save(self, trigger: Trigger, deed: Deed | None = None, fencing_token: int | None = None) -> None:
        """Insert or replace by id; the deed goes on record in the same transaction.

        Raises:
            Refused: the lease that the token belongs to has been taken over.
        """

    def get(self, trigger_id: str) -> Trigger:
        """Raises NotFound."""

    def in_state(self, model: str, state: TriggerState) -> list[Trigger]:
        """Oldest first."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Trigger]:
        """Newest first."""
