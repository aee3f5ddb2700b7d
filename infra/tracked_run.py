"""One run as it is told to the tracker: gathered here and handed on in a few batches.

It knows the operations' shapes (`infra.spool`) and not what carries them out.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from infra import system_metrics
from infra.spool import Json, Operation

Submit = Callable[[Operation], None]
RunId = Callable[[str], str | None]

_SEND_SECONDS = 5.0
_SEND_METRICS = 500


def now_ms() -> int:
    """Milliseconds since 1970: when something was told, not when it happened in event time."""
    return int(time.time() * 1000)


class BufferedRun:
    """A `ports.TrackedRun`. Parameters, tags and metrics wait a few seconds for company; files go at once."""

    def __init__(self, model: str, submit: Submit, run_id: RunId) -> None:
        self.model = model
        self.key = uuid.uuid4().hex
        self._submit, self._run_id = submit, run_id
        self._sent_at, self._samples = time.monotonic(), 0
        self._clear()

    @property
    def id(self) -> str | None:
        """The tracker's own id; None while it is away."""
        return self._run_id(self.key)

    def start(self, name: str) -> None:
        """Open the run in the tracker."""
        self._tell("start", {"name": name, "at_ms": now_ms()})

    def params(self, values: Mapping[str, object]) -> None:
        self._params.update({key: str(value) for key, value in values.items()})

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        at_ms = now_ms()
        self._metrics += [[key, float(value), at_ms, step] for key, value in values.items()]
        if len(self._metrics) >= _SEND_METRICS or time.monotonic() - self._sent_at > _SEND_SECONDS:
            self.send()

    def tags(self, values: Mapping[str, str]) -> None:
        self._tags.update(values)

    def dataset(self, name: str, digest: str, rows: int) -> None:
        self._datasets.append({"name": name, "digest": digest, "rows": rows})

    def text(self, text: str, path: str) -> None:
        """Keep a small text artifact under `path`."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            self._tell("artifacts", {}, Path(folder))

    def file(self, local: Path, folder: str) -> None:
        with tempfile.TemporaryDirectory() as draft:
            target = Path(draft) / folder
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(local, target / local.name)
            self._tell("artifacts", {}, Path(draft))

    def send(self) -> None:
        """Hand on what has been gathered, with a sample of the machine."""
        at_ms = now_ms()
        sampled = [[key, value, at_ms, self._samples] for key, value in system_metrics.sample().items()]
        self._samples += 1
        body: Json = {
            "params": self._params,
            "tags": self._tags,
            "metrics": [*self._metrics, *sampled],
            "datasets": self._datasets,
        }
        self._clear()
        self._sent_at = time.monotonic()
        self._tell("log", body)

    def end(self, status: str) -> None:
        """Send the rest and close the run as `FINISHED` or `FAILED`."""
        self.send()
        self._tell("end", {"status": status, "at_ms": now_ms()})

    def _tell(self, kind: str, body: Json, files: Path | None = None) -> None:
        self._submit(Operation(kind=kind, model=self.model, run=self.key, body=body, files=files))

    def _clear(self) -> None:
        self._params: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._metrics: list[list[object]] = []
        self._datasets: list[Json] = []
