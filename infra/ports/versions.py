"""Models, their trainings and versions, who serves, and who may retrain. A lease runs on the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from infra.domain.decisions import Candidate, Champion, PromotionDecision, TrainingRun
from infra.domain.deeds import Deed


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

    def save(self, model: RegisteredModel, deed: Deed | None = None) -> None:
        """Register, or replace the model file of a registered model; the deed goes on record with it."""

    def get(self, name: str) -> RegisteredModel:
        """Raises NotFound, naming the models there are."""

    def all(self) -> list[RegisteredModel]:
        """By name."""


class Runs(Protocol):
    """Executions of a training, failed ones included."""

    def save(self, run: TrainingRun, fencing_token: int | None = None) -> None:
        """Insert or replace by id.

        Raises:
            Refused: the lease that the token belongs to has been taken over.
        """

    def get(self, run_id: str) -> TrainingRun:
        """Raises NotFound."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[TrainingRun]:
        """Newest first."""


class Versions(Protocol):
    """Bundles, the versions they became, and the one that serves. Exactly one champion at every moment."""

    def add(self, candidate: Candidate, config: str, weights: bytes, fencing_token: int | None = None) -> None:
        """Keep a candidate with its bundle (`config` is canonical JSON, `weights` safetensors).

        Raises:
            Conflict: the version exists.
            Refused: the lease that the token belongs to has been taken over.
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
    """What was decided about versions, and why. Each is a link of the model's chain (`Deeds`), in one transaction."""

    def add(self, decision: PromotionDecision, fencing_token: int | None = None) -> None:
        """Raises Refused when the lease that the token belongs to has been taken over."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[PromotionDecision]:
        """Newest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to retrain one model until `expires_at` (wall clock). A later holder has a higher token."""

    model: str
    holder: str
    token: int
    expires_at: datetime


class Leases(Protocol):
    """Who may retrain a model. Runs on the wall clock, which is passed in as well."""

    def acquire(
        self, model: str, holder: str, now: datetime, seconds: float, is_gone: Callable[[str], bool] = lambda _: False
    ) -> Lease:
        """Raises Refused when another's lease has not expired and `is_gone` does not know better of its holder."""

    def renew(self, lease: Lease, now: datetime, seconds: float) -> Lease:
        """Raises Refused when it was taken over."""

    def release(self, lease: Lease) -> None:
        """A lease that was taken over is left alone."""
