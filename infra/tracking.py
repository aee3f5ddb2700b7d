"""Runs, metrics and artifacts in MLflow, through its client alone.

MLflow may be away: everything goes through a spool on disk and is sent, in order, beside whatever the caller does;
what MLflow does not take now it gets once it is back. A run waits for it at its end alone, and not at all while it is
known to be away. Every operation may be sent twice without harm. It does not know what a run is about.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from infra.domain.errors import KeepsharpError, Unavailable
from infra.outbox import Outbox, Rejected
from infra.secret_files import without_credentials
from infra.spool import Operation
from infra.tracked_run import BufferedRun, now_ms

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")
_log = logging.getLogger(__name__)
MLFLOW_IMPORT = threading.RLock()
"""Two threads that import it at once find it half made: the line to MLflow, and whoever packs a model for it."""
RUN_TAG = "keepsharp.run"
Carry = Callable[["MlflowClient", Operation], None]

_BATCH = 100  # MLflow takes 100 parameters or tags and 1,000 metrics at once
_METRIC_BATCH = 900
_IMPORT_SECONDS = 60.0
_PARAM_CHARACTERS = 6000
_NOT_AWAY = {"RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS", "INVALID_PARAMETER_VALUE", "BAD_REQUEST"}


class MlflowTracking:
    """A `ports.Tracking`, and the line to MLflow that `MlflowRegistry` shares.

    Args:
        uri: `sqlite:///…` or the server's address.
        artifacts: where new experiments keep files; a server (`http…`) decides for itself.
        spool: folder for what cannot be sent now.
        patience_seconds: the longest that a question, or the end of a run, may hold up its caller.
        opening_seconds: the same before an SQLite file was opened, which may have to be created.
        greeting_seconds: the same before a server has answered once; the import of its client is not counted.
        rest_seconds: after a failure, how long before MLflow is tried again.
    """

    def __init__(
        self,
        uri: str,
        artifacts: Path,
        spool: Path,
        *,
        patience_seconds: float = 10.0,
        opening_seconds: float = 90.0,
        greeting_seconds: float = 3.0,
        rest_seconds: float = 30.0,
    ) -> None:
        self._uri, self._credentials = _apart(uri)
        self._artifacts = None if uri.startswith("http") else artifacts
        self._patience = patience_seconds
        self._opening = opening_seconds if uri.startswith("sqlite") else min(greeting_seconds, patience_seconds)
        self._importing: Future[type[MlflowClient]] | None = None
        self._outbox = Outbox("MLflow", spool, self._send, rest_seconds)
        self._client: MlflowClient | None = None
        self._experiments: dict[str, str] = {}
        self._runs: dict[str, str] = {}
        self._carry: dict[str, Carry] = {
            "start": self._start,
            "log": self._log,
            "artifacts": self._upload,
            "end": self._end,
            "abandon": self._abandon,
        }

    @contextmanager
    def run(self, model: str, name: str) -> Iterator[BufferedRun]:
        """A run that ends `FINISHED`, or `FAILED` when the block raises."""
        run = BufferedRun(model, self.submit, self._runs.get)
        run.start(name)
        status = "FAILED"
        try:
            yield run
            status = "FINISHED"
        finally:
            run.end(status)
            self.settle()

    def abandon(self, model: str, run_id: str) -> None:
        """End a run whose process was killed; `run_id` is MLflow's own."""
        self.submit(Operation(kind="abandon", model=model, run="", body={"run_id": run_id, "at_ms": now_ms()}))

    def open(self) -> None:
        """Begin to open MLflow (import, database) beside whatever comes next, without waiting for it."""
        self._outbox.begin(self._opened)

    def carries(self, kind: str, carry: Carry) -> None:
        """Teach a further kind of operation; `carry` must bear being called twice for the same one."""
        self._carry[kind] = carry

    def submit(self, operation: Operation) -> None:
        """Keep it and begin to send it; it neither waits nor raises because of MLflow."""
        if self._importing is None:
            self._importing = self._outbox.begin(_client_class)
        self._outbox.submit(operation)

    def settle(self) -> bool:
        """Wait a little until MLflow has heard everything; whether it has."""
        if self._importing is not None and self._client is None:
            try:
                self._importing.result(timeout=_IMPORT_SECONDS)
            except TimeoutError:
                pass  # then nothing is settled either, and it says so
            except Unavailable as problem:
                _log.warning("%s, and what MLflow should hear is kept", problem)
                return False
        return self._outbox.settle(self._seconds())

    def flush(self) -> int:
        """Send what was kept while MLflow was away; how many operations went through."""
        return self._outbox.flush(self._seconds())

    def pending(self) -> int:
        """How many operations wait for MLflow to come back."""
        return self._outbox.pending()

    def rejected(self) -> list[Path]:
        """Folders of the operations that MLflow refused for good, each with the reason."""
        return self._outbox.rejected()

    def ask(self, question: Callable[[MlflowClient], T]) -> T:
        """The answer of MLflow. Raises Unavailable when it is away."""
        return self._outbox.call(lambda: self._translated(lambda: question(self._opened())), self._seconds())

    def run_id(self, client: MlflowClient, operation: Operation) -> str:
        """MLflow's id of the operation's run, found again by our own key when another process opened it."""
        known = self._runs.get(operation.run)
        if known is None:
            where = f"tags.`{RUN_TAG}` = '{operation.run}'"
            found = client.search_runs([self.experiment(client, operation.model)], where, max_results=1)
            if not found:
                raise Rejected(f"MLflow has no run with the tag {RUN_TAG}={operation.run}: it was deleted there")
            known = self._runs[operation.run] = cast(str, found[0].info.run_id)
        return known

    def experiment(self, client: MlflowClient, model: str) -> str:
        """Id of the model's experiment; made, or brought back when it was deleted."""
        if model not in self._experiments:
            found = client.get_experiment_by_name(model)
            if found is None:
                place = (self._artifacts / model).resolve().as_uri() if self._artifacts else None
                self._experiments[model] = client.create_experiment(model, artifact_location=place)
            else:
                if found.lifecycle_stage == "deleted":
                    client.restore_experiment(found.experiment_id)
                self._experiments[model] = found.experiment_id
        return self._experiments[model]

    def _seconds(self) -> float:
        return self._opening if self._client is None else self._patience

    def _send(self, operation: Operation) -> None:
        self._translated(lambda: self._carry[operation.kind](self._opened(), operation))

    def _translated(self, work: Callable[[], T]) -> T:
        """The result of `work`, with MLflow's many errors told apart: refused for good, or away."""
        try:
            return work()
        except KeepsharpError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise Rejected(f"{type(error).__name__}: {error}") from error
        except Exception as error:
            if getattr(error, "error_code", None) in _NOT_AWAY:
                raise Rejected(str(error)) from error
            raise Unavailable(f"{self._uri}: {error}") from error

    def _opened(self) -> MlflowClient:
        """The client, once it has been seen to answer."""
        if self._client is None:
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
            made = _client_class()
            for chatter in ("mlflow", "alembic"):  # after the import, which sets their levels itself
                logging.getLogger(chatter).setLevel(logging.WARNING)
            os.environ.update(self._credentials)
            try:
                client = made(tracking_uri=self._uri, registry_uri=self._uri)
                client.search_experiments(max_results=1)
            except Exception as error:
                raise Unavailable(f"{self._uri}: {error}") from error
            self._client = client
        return self._client

    def _start(self, client: MlflowClient, operation: Operation) -> None:
        experiment = self.experiment(client, operation.model)
        found = client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{operation.run}'", max_results=1)
        if found:
            self._runs[operation.run] = found[0].info.run_id
            return
        run = client.create_run(
            experiment,
            start_time=operation.body["at_ms"],
            run_name=operation.body["name"],
            tags={RUN_TAG: operation.run, "keepsharp.model": operation.model},
        )
        self._runs[operation.run] = run.info.run_id

    def _log(self, client: MlflowClient, operation: Operation) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

        run_id, body = self.run_id(client, operation), cast(dict[str, Any], operation.body)
        params = [Param(_key(k), v[:_PARAM_CHARACTERS]) for k, v in body["params"].items()]
        tags = [RunTag(_key(k), v) for k, v in body["tags"].items()]
        metrics = [Metric(_key(k), value, at_ms, step) for k, value, at_ms, step in body["metrics"]]
        for i in range(0, max(len(params), len(tags)), _BATCH):
            client.log_batch(run_id, params=params[i : i + _BATCH], tags=tags[i : i + _BATCH])
        for i in range(0, len(metrics), _METRIC_BATCH):
            client.log_batch(run_id, metrics=metrics[i : i + _METRIC_BATCH])
        purpose = [InputTag("mlflow.data.context", "training")]
        datasets = [
            Dataset(d["name"], d["digest"][:36], "snapshot", d["digest"], profile=f'{{"num_rows": {d["rows"]}}}')
            for d in body["datasets"]
        ]
        if datasets:
            client.log_inputs(run_id, [DatasetInput(dataset, purpose) for dataset in datasets])

    def _upload(self, client: MlflowClient, operation: Operation) -> None:
        client.log_artifacts(self.run_id(client, operation), str(operation.files))

    def _end(self, client: MlflowClient, operation: Operation) -> None:
        body = operation.body
        client.set_terminated(self.run_id(client, operation), str(body["status"]), end_time=cast(int, body["at_ms"]))

    def _abandon(self, client: MlflowClient, operation: Operation) -> None:
        run_id, at_ms = str(operation.body["run_id"]), cast(int, operation.body["at_ms"])
        if client.get_run(run_id).info.status == "RUNNING":
            client.set_terminated(run_id, "KILLED", end_time=at_ms)


def _apart(uri: str) -> tuple[str, dict[str, str]]:
    """The address of a server, and its credentials as MLflow reads them: it writes the address into its errors."""
    parts = urlsplit(uri)
    if not uri.startswith("http") or parts.username is None:
        return uri, {}
    named = {"MLFLOW_TRACKING_USERNAME": parts.username, "MLFLOW_TRACKING_PASSWORD": parts.password or ""}
    return without_credentials(uri), {name: unquote(value) for name, value in named.items()}


def _client_class() -> type[MlflowClient]:
    """Import the client, so that what follows waits for MLflow and not for Python.

    Raises:
        Unavailable: it cannot be imported now. An installation may be broken in any way; and where two threads import
            packages that import each other, Python hands one of them a half-made module, which says AttributeError.
    """
    with MLFLOW_IMPORT:
        try:
            from mlflow import MlflowClient  # here, because it takes seconds
        except Exception as problem:
            raise Unavailable(
                f"MLflow's client cannot be imported now: {type(problem).__name__}: {problem}"
            ) from problem
    return cast("type[MlflowClient]", MlflowClient)


def _key(name: str) -> str:
    """A name that MLflow takes: letters, digits, and `_ - . : / ` and space.

    >>> _key("recall[class=é]")
    'recall_class_e_'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^\w\-. :/]", "_", plain)[:250]
