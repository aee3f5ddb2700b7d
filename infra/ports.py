"""The outside world as the code sees it: every port on one page.

Adapters live beside this file (SQLAlchemy in `stores/`, MLflow in `registry.py` and `tracking.py`);
`memory.py` holds a double of each. One contract suite in `tests/contracts` runs on both.
Nothing here knows which adapter answers. All times are event times in UTC, and are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from infra.domain.access import ApiKey
from infra.domain.alerts import Alert, AlertState, Heartbeat, Notice, Trigger, TriggerState
from infra.domain.costs import CostEntry
from infra.domain.decisions import Candidate, Champion, PromotionDecision, TrainingRun
from infra.domain.labelling import AlarmState, Audit, Joined, Quarantine
from infra.domain.predictions import Answered, Label, LabelOutcome, Prediction
from infra.domain.shadows import Appointment, AppointmentRole, ShadowAnswer
from infra.domain.windows import Window

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredModel:
    """A model that keepsharp looks after: its name and the text of its model file."""

    name: str
    spec_yaml: str
    spec_folder: str
    """Folder that relative paths in the model file start from."""
    registered_at: datetime


class Models(Protocol):
    """Which models there are."""

    def save(self, model: RegisteredModel) -> None:
        """Register, or replace the model file of a registered model."""

    def get(self, name: str) -> RegisteredModel:
        """Raises NotFound, naming the models there are."""

    def all(self) -> list[RegisteredModel]:
        """By name."""


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


class Labels(Protocol):
    """Truth that arrives late, with its history."""

    def add(self, labels: Sequence[Label]) -> list[LabelOutcome]:
        """Store all in one durable transaction; one outcome for each, in order.

        The same value again from anyone is `repeated` and changes nothing; another value is `corrected`: it
        becomes current and the earlier one is kept; a label for an unknown id is `waiting`.
        """

    def history(self, model: str, prediction_id: str) -> list[Label]:
        """Oldest first."""

    def corrections(self, model: str, limit: int, offset: int = 0) -> list[tuple[Label, Label]]:
        """(earlier, later) pairs, newest first."""

    def counts(self, model: str) -> Mapping[str, int]:
        """`joined` (predictions with a current label), `waiting`, `corrected`."""

    def joined(self, model: str, after: int, limit: int) -> list[Joined]:
        """The first `limit` labels that joined their predictions after place `after`, corrections included."""

    def last_place(self, model: str) -> int:
        """The place of the label that joined last; 0 when none has."""


class Quarantines(Protocol):
    """Labels held back from training."""

    def save(self, quarantine: Quarantine) -> None:
        """Insert or replace by id."""

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


class Heartbeats(Protocol):
    """Signs of life."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Replace the one of the same name and model."""

    def all(self) -> list[Heartbeat]:
        """By name and model."""


class Shadows(Protocol):
    """Who answers beside the champions, and what they said."""

    def appoint(self, appointment: Appointment, bundle: tuple[str, bytes] | None = None) -> None:
        """Put it in the place of the one with the same model and role, and keep its bundle when one is given.

        Raises:
            NotFound: no bundle has its hash, and none is given.
        """

    def dismiss(self, model: str, role: AppointmentRole) -> None:
        """Nobody holds the role afterwards; what it said is kept."""

    def appointments(self) -> list[Appointment]:
        """Of all models, by model and role."""

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        """Store all; what the same version said before to the same prediction stays as it is."""

    def labelled(
        self, model: str, role: AppointmentRole, version: int, limit: int
    ) -> list[tuple[ShadowAnswer, Answered]]:
        """The newest by arrival whose prediction has a label, beside what was answered; oldest first."""

    def count(self, model: str, role: AppointmentRole, version: int) -> int: ...


class Keys(Protocol):
    """API keys, revoked ones included."""

    def add(self, key: ApiKey) -> None:
        """Raises Conflict when another key that is not revoked has its name."""

    def all(self) -> list[ApiKey]:
        """Oldest first."""

    def revoke(self, name: str, at: datetime) -> ApiKey:
        """Raises NotFound when no key that is not revoked has the name."""


class Windows(Protocol):
    """Windows of traffic and what was measured in them."""

    def save(self, window: Window) -> None:
        """Insert, or replace the window with the same model and index."""

    def last(self, model: str) -> Window | None: ...

    def provisional(self, model: str) -> list[Window]:
        """Oldest first."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Window]:
        """Newest first."""


class Outbox(Protocol):
    """Messages that wait to be delivered. They are put in by `Alerts.save`, in its transaction."""

    def due(self, now: datetime, limit: int) -> list[Notice]:
        """Waiting ones whose moment has come, oldest first."""

    def save(self, notice: Notice) -> None:
        """Replace by id."""

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[Notice]:
        """Newest first; of all models when None."""


class Alerts(Protocol):
    """Broken rules, until they are resolved and after."""

    def save(self, alert: Alert, notices: Sequence[Notice] = ()) -> None:
        """Insert or replace by id, and put the notices into the outbox, in one transaction.

        A notice whose id is in the outbox already is left out.

        Raises:
            Conflict: another alert with the same `dedup_key` is not yet resolved.
        """

    def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""

    def unresolved(self, model: str | None = None) -> list[Alert]:
        """Open, acknowledged or silenced; oldest first; of all models when None."""

    def pending(self, model: str) -> list[Alert]:
        """Broken, not yet for long enough; oldest first."""

    def page(self, model: str, limit: int, offset: int = 0, state: AlertState | None = None) -> list[Alert]:
        """Newest first."""


class Triggers(Protocol):
    """Reasons to retrain, refused ones included."""

    def save(self, trigger: Trigger) -> None:
        """Insert or replace by id."""

    def in_state(self, model: str, state: TriggerState) -> list[Trigger]:
        """Oldest first."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Trigger]:
        """Newest first."""


class Runs(Protocol):
    """Executions of a training, failed ones included."""

    def save(self, run: TrainingRun) -> None:
        """Insert or replace by id."""

    def get(self, run_id: str) -> TrainingRun:
        """Raises NotFound."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[TrainingRun]:
        """Newest first."""


class Versions(Protocol):
    """Bundles, the versions they became, and the one that serves. Exactly one champion at every moment."""

    def add(self, candidate: Candidate, config: str, weights: bytes) -> None:
        """Keep a candidate with its bundle (`config` is canonical JSON, `weights` safetensors).

        Raises:
            Conflict: the version exists.
        """

    def next_version(self, model: str) -> int:
        """1 for the first."""

    def get(self, model: str, version: int) -> Candidate:
        """Raises NotFound."""

    def all(self, model: str) -> list[Candidate]:
        """Oldest first."""

    def bundle(self, sha256: str) -> tuple[str, bytes]:
        """(config, weights). Raises NotFound."""

    def champion(self, model: str) -> Champion | None: ...

    def champions(self) -> list[Champion]: ...

    def crown(self, champion: Champion, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        """Move the champion pointer and record the decision, in one transaction.

        Raises:
            Refused: the lease that the token belongs to has been taken over.
        """


class Decisions(Protocol):
    """What was decided about versions, and why."""

    def add(self, decision: PromotionDecision) -> None: ...

    def page(self, model: str, limit: int, offset: int = 0) -> list[PromotionDecision]:
        """Newest first."""


class Costs(Protocol):
    """One entry for each spend."""

    def add(self, entries: Iterable[CostEntry]) -> None:
        """An entry whose id exists is left as it is."""

    def page(self, model: str | None, limit: int, offset: int = 0) -> list[CostEntry]:
        """Newest first."""

    def of_run(self, run_id: str) -> list[CostEntry]: ...

    def total(self, model: str | None = None, start: datetime | None = None, end: datetime | None = None) -> float:
        """Sum of amounts with event time in [start, end)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to retrain one model until `expires_at` (wall clock). A later holder has a higher token."""

    model: str
    holder: str
    token: int
    expires_at: datetime


class Leases(Protocol):
    """Who may retrain a model. Runs on the wall clock, which is passed in as well."""

    def acquire(self, model: str, holder: str, now: datetime, seconds: float) -> Lease:
        """Raises Refused when another holder's lease has not expired, naming it and until when."""

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease:
        """Raises Refused when it was taken over."""

    def release(self, lease: Lease) -> None:
        """A lease that was taken over is left alone."""


class Snapshots(Protocol):
    """Frozen, content-hashed tables that trainings used (Parquet)."""

    def save(self, frame: pd.DataFrame) -> str:
        """The SHA-256 of its content; the same content is stored once."""

    def load(self, sha256: str) -> pd.DataFrame:
        """Raises NotFound, or DataError when the content does not match its hash."""


class TrackedRun(Protocol):
    """One run in the experiment tracker. No call raises when the tracker is away: it is kept and sent later."""

    @property
    def id(self) -> str | None:
        """The tracker's own id; None while it is away."""

    def params(self, values: Mapping[str, object]) -> None: ...

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None: ...

    def tags(self, values: Mapping[str, str]) -> None: ...

    def dataset(self, name: str, digest: str, rows: int) -> None: ...

    def text(self, text: str, path: str) -> None:
        """Keep a small text artifact under `path`."""

    def file(self, local: Path, folder: str) -> None: ...


class Tracking(Protocol):
    """Runs, metrics and artifacts, kept in MLflow."""

    def run(self, model: str, name: str) -> AbstractContextManager[TrackedRun]:
        """A run that ends `FINISHED`, or `FAILED` when the block raises."""


class Registry(Protocol):
    """The public register of versions, mirrored from ours; being away costs nothing."""

    def register(self, candidate: Candidate, config: str, weights: bytes, tracked: TrackedRun) -> None:
        """Log the bundle as a loadable MLflow model and point alias `challenger` at it."""

    def alias_champion(self, model: str, version: int) -> None:
        """Point alias `champion` at our `version`, and drop `challenger` where it names the same."""

    def champion(self, model: str) -> tuple[int, str] | None:
        """(our version, sha256) that the alias `champion` names."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything outside, as one value. `infra.wiring.build_ports` makes the real one."""

    models: Models
    predictions: Predictions
    labels: Labels
    shadows: Shadows
    keys: Keys
    quarantines: Quarantines
    audits: Audits
    alarm_states: AlarmStates
    heartbeats: Heartbeats
    windows: Windows
    alerts: Alerts
    outbox: Outbox
    triggers: Triggers
    runs: Runs
    versions: Versions
    decisions: Decisions
    costs: Costs
    leases: Leases
    snapshots: Snapshots
    tracking: Tracking
    registry: Registry
    artifacts: Path
    """Folder for pages and reports."""
