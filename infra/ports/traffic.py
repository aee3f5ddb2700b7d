"""What was asked, answered, found true, and said beside the champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from infra.domain.labelling import Joined, Moments
from infra.domain.predictions import Answered, Label, LabelOutcome, Prediction
from infra.domain.shadows import Appointment, AppointmentRole, ShadowAnswer


class Predictions(Protocol):
    """Every answer given, in order of arrival."""

    def add(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """Store all of them in one durable transaction, and return what now stands under each id.

        An id stored before with the same features returns the stored prediction (idempotent).
        A label that was waiting for an id is joined to it.

        Raises:
            Conflict: an id was used before with other features; nothing was stored.
            StorageFull: the disk is full; nothing was stored.
            Unavailable: the database is away; nothing was stored.
        """

    def get(self, model: str, prediction_id: str) -> Answered:
        """Raises NotFound."""

    def find(self, model: str, ids: Sequence[str]) -> dict[str, Prediction]:
        """Those that are stored, by id."""

    def after(self, model: str, seq: int, limit: int) -> list[Answered]:
        """The first `limit` that arrived after `seq`, each with its current label. `seq` rises within a model;
        it starts above 0."""

    def times_after(self, model: str, seq: int, limit: int) -> list[datetime]:
        """Event times of what `after` gives, read at a fraction of its cost."""

    def between(self, model: str, first_seq: int, last_seq: int) -> list[Answered]:
        """Both ends included, in order of arrival, each with its current label."""

    def in_time(self, model: str, start: datetime, end: datetime) -> list[Answered]:
        """Event time in [start, end), ordered by time, then arrival."""

    def last_seq(self, model: str) -> int:
        """0 when there are none."""

    def count_after(self, model: str, seq: int) -> int: ...

    def time_range(self, model: str) -> tuple[datetime, datetime] | None:
        """Earliest and latest event time, or None when there are none."""

    def unlabelled(self, model: str, limit: int, offset: int = 0, recent: int = 10_000) -> list[Answered]:
        """The queue for a person, among the `recent` newest: abstained first, then least confident, then newest."""

    def remove_oldest(self, model: str, *, before: datetime, through_seq: int, limit: int) -> int:
        """Remove the first by arrival, `limit` at most, with their labels and what was said beside them; how many.

        It stops at the first that lies after place `through_seq`, or whose event time is not `before` that moment, so
        that the places of those left have no gaps. What was removed still counts in `last_seq` and `count_after`; its
        id is unknown.

        Raises:
            Unavailable: the database is away or busy; nothing was removed.
        """


class Labels(Protocol):
    """Truth that arrives late, with its history."""

    def add(self, labels: Sequence[Label]) -> list[LabelOutcome]:
        """Store all in one durable transaction; one outcome for each, in order.

        The same value again from anyone is `repeated` and changes nothing; another value is `corrected`: it
        becomes current and the earlier one is kept; a label for an unknown id is `waiting`.
        """

    def history(self, model: str, prediction_id: str) -> list[Label]:
        """Oldest first."""

    def current(self, model: str, ids: Sequence[str]) -> dict[str, Label]:
        """The label in force of each of the prediction ids that has one."""

    def corrections(self, model: str, limit: int, offset: int = 0) -> list[tuple[Label, Label]]:
        """(earlier, later) pairs, newest first."""

    def counts(self, model: str) -> Mapping[str, int]:
        """`joined` (predictions with a current label), `waiting`, `corrected`."""

    def joined(self, model: str, after: int, limit: int) -> list[Joined]:
        """The first `limit` labels that joined their predictions after place `after`, corrections included."""

    def moments(self, model: str, after: int, limit: int) -> list[Moments]:
        """When what `joined` gives was predicted and labelled, read at a fraction of its cost."""

    def last_place(self, model: str) -> int:
        """The place of the label that joined last; 0 when none has."""


class Shadows(Protocol):
    """Who answers beside the champions, and what they said."""

    def appoint(
        self, appointment: Appointment, bundle: tuple[str, bytes] | None = None, fencing_token: int | None = None
    ) -> None:
        """Put it in the place of the one with the same model and role, and keep its bundle when one is given.

        Raises:
            NotFound: no bundle has its hash, and none is given.
            Refused: the lease that the token belongs to has been taken over.
        """

    def dismiss(self, model: str, role: AppointmentRole, fencing_token: int | None = None) -> None:
        """Nobody holds the role afterwards; what it said is kept. Raises Refused as `appoint` does."""

    def appointments(self) -> list[Appointment]:
        """Of all models, by model and role."""

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        """Store all; what the same version said before to the same prediction stays as it is."""

    def labelled(
        self, model: str, role: AppointmentRole, version: int, limit: int
    ) -> list[tuple[ShadowAnswer, Answered]]:
        """The newest by arrival whose prediction has a label, beside what was answered; oldest first."""

    def count(self, model: str, role: AppointmentRole, version: int) -> int: ...

    def said(self, model: str, prediction_id: str, versions: Sequence[int]) -> list[ShadowAnswer]:
        """What those of the versions that answered beside it said to one prediction, by role and version."""
