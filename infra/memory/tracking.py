"""In-memory snapshots, experiment tracker and public register. What was told can be read back by attribute."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from infra.domain.decisions import Candidate
from infra.ports import TrackedRun
from infra.stores.refusals import no_snapshot, no_version
from infra.stores.tabular import content_hash, to_table


class MemorySnapshots:
    """The port `Snapshots`; a table comes into the folder when its file is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, pa.Table] = {}

    def save(self, frame: pd.DataFrame) -> str:
        table = to_table(frame)
        return self._keep(content_hash(table), table)

    def load(self, sha256: str) -> pd.DataFrame:
        if sha256 not in self._tables:
            raise no_snapshot(sha256)
        return self._tables[sha256].to_pandas()

    def large_file(self, sha256: str, above_bytes: int) -> Path | None:
        if sha256 not in self._tables:
            raise no_snapshot(sha256)
        if self._tables[sha256].nbytes <= above_bytes:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{sha256}.parquet"
        if not path.exists():
            parquet.write_table(self._tables[sha256], path)
        return path

    def adopt(self, draft: Path) -> Path:
        table = parquet.read_table(draft)
        sha256 = content_hash(table)
        self._tables[sha256] = table
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{sha256}.parquet"
        return path if path.exists() else draft.replace(path)

    def parts_of(self, sha256: str, row_id: str) -> list[str]:
        frame = self.load(sha256)
        return [str(part) for part in frame.loc[frame["@id"] == row_id, "@part"]]

    def _keep(self, sha256: str, table: pa.Table) -> str:
        self._tables.setdefault(sha256, table)
        return sha256


@dataclass
class MemoryRun:
    """One tracked run, and everything that it was told."""

    id: str
    model: str
    name: str
    state: Literal["RUNNING", "FINISHED", "FAILED", "KILLED"] = "RUNNING"
    told_params: dict[str, object] = field(default_factory=dict)
    told_metrics: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    told_tags: dict[str, str] = field(default_factory=dict)
    told_datasets: list[tuple[str, str, int]] = field(default_factory=list)
    told_files: dict[str, bytes] = field(default_factory=dict)

    def params(self, values: Mapping[str, object]) -> None:
        self.told_params.update(values)

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        for name, value in values.items():
            self.told_metrics.setdefault(name, []).append((step, value))

    def tags(self, values: Mapping[str, str]) -> None:
        self.told_tags.update(values)

    def dataset(self, name: str, digest: str, rows: int) -> None:
        self.told_datasets.append((name, digest, rows))

    def text(self, text: str, path: str) -> None:
        self.told_files[path] = text.encode()

    def file(self, local: Path, folder: str) -> None:
        self.told_files[f"{folder}/{local.name}" if folder else local.name] = local.read_bytes()


class MemoryTracking:
    """The port `Tracking`; `runs` holds every run, oldest first."""

    def __init__(self) -> None:
        self.runs: list[MemoryRun] = []

    @contextmanager
    def run(self, model: str, name: str) -> Iterator[TrackedRun]:
        run = MemoryRun(id=f"run-{len(self.runs) + 1}", model=model, name=name)
        self.runs.append(run)
        try:
            yield run
        except BaseException:
            run.state = "FAILED"
            raise
        run.state = "FINISHED"

    def abandon(self, model: str, run_id: str) -> None:
        for run in self.runs:
            if (run.model, run.id) == (model, run_id):
                run.state = "KILLED"

    def pending(self) -> int:
        return 0  # it is never away

    def flush(self) -> int:
        return 0


class MemoryRegistry:
    """The port `Registry`; `bundles` holds what was registered and its run, `aliases` what each alias names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.bundles: dict[tuple[str, int], tuple[Candidate, str, bytes, str | None]] = {}
        self.aliases: dict[tuple[str, Literal["champion", "challenger"]], int] = {}

    def register(self, candidate: Candidate, config: str, weights: bytes, tracked: TrackedRun | None) -> None:
        with self._lock:
            of_run = None if tracked is None else tracked.id
            self.bundles.setdefault((candidate.model, candidate.version), (candidate, config, weights, of_run))
            self.aliases[candidate.model, "challenger"] = candidate.version

    def alias_champion(self, model: str, version: int) -> None:
        with self._lock:
            if (model, version) not in self.bundles:
                raise no_version(model, version)
            self.aliases[model, "champion"] = version
            if self.aliases.get((model, "challenger")) == version:
                del self.aliases[model, "challenger"]

    def champion(self, model: str) -> tuple[int, str] | None:
        with self._lock:
            version = self.aliases.get((model, "champion"))
            return None if version is None else (version, self.bundles[model, version][0].sha256)
