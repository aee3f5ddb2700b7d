"""What is kept for those who ask how a version came to be: snapshots, tracked runs, the public register."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from infra.domain.decisions import Candidate

if TYPE_CHECKING:
    import pandas as pd


class Snapshots(Protocol):
    """Frozen, content-hashed tables that trainings used (Parquet)."""

    def save(self, frame: pd.DataFrame) -> str:
        """The SHA-256 of its content; the same content is stored once."""

    def load(self, sha256: str) -> pd.DataFrame:
        """Raises NotFound, or DataError when the content does not match its hash."""

    def large_file(self, sha256: str, above_bytes: int) -> Path | None:
        """The Parquet file of a table whose columns take more than so many bytes, which is better not in memory at
        once: its hash is checked a column at a time. None for one that may be loaded. Raises as `load` does."""

    def adopt(self, draft: Path) -> Path:
        """Keep a table that was written as Parquet, and give its file's new place; the hash of its content is that
        place's stem. The draft is gone, or left where the same table was kept before. Raises Unavailable."""

    def parts_of(self, sha256: str, row_id: str) -> list[str]:
        """What part the row of that id played (column `@part`); none when it is not in. Only two columns are read, and
        the hash is not checked. Raises NotFound."""


class TrackedRun(Protocol):
    """One run in the experiment tracker. No call raises when the tracker is away: it is kept and sent later."""

    @property
    def id(self) -> str | None:
        """The tracker's own id; None until it has heard of the run, which it has at the run's end unless it is away."""

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

    def abandon(self, model: str, run_id: str) -> None:
        """End a run whose process was killed as `KILLED`; `run_id` is the tracker's own. Never raises for its being
        away."""

    def pending(self) -> int:
        """How many operations wait for the tracker to come back."""

    def flush(self) -> int:
        """Send what waits, for as long as it goes on; how many operations went through. Never raises for its being
        away."""


class Registry(Protocol):
    """The public register of versions, mirrored from ours; being away costs nothing."""

    def register(self, candidate: Candidate, config: str, weights: bytes, tracked: TrackedRun | None) -> None:
        """Log the bundle as a loadable MLflow model, beside its run where that is known, and point alias `challenger`
        at it. One that is there already is not logged again."""

    def alias_champion(self, model: str, version: int) -> None:
        """Point alias `champion` at our `version`, and drop `challenger` where it names the same."""

    def champion(self, model: str) -> tuple[int, str] | None:
        """(our version, sha256) that the alias `champion` names."""
