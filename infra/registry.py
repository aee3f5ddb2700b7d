"""The public register of versions: each bundle as an MLflow model that needs no pickle.

Our database says who serves; this mirrors it, so that MLflow's own tools find every version and its aliases.
What cannot be sent now waits in `infra.tracking`'s line. It does not know what is in a bundle.
"""

from __future__ import annotations

import hashlib
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

from infra.domain.decisions import Candidate
from infra.domain.errors import BundleError
from infra.outbox import Rejected
from infra.ports import TrackedRun
from infra.spool import Operation
from infra.tracked_run import BufferedRun
from infra.tracking import MLFLOW_IMPORT, MlflowTracking

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

VERSION_TAG = "keepsharp.version"
SHA256_TAG = "keepsharp.sha256"
_NEEDS = ("torch", "safetensors", "numpy", "pandas")


class MlflowRegistry:
    """A `ports.Registry` on the same line to MLflow as the runs."""

    def __init__(self, tracking: MlflowTracking) -> None:
        self._tracking = tracking
        tracking.carries("register", self._register)
        tracking.carries("champion", self._crown)

    def register(self, candidate: Candidate, config: str, weights: bytes, tracked: TrackedRun | None) -> None:
        """Log the bundle as a loadable MLflow model and point alias `challenger` at it.

        Raises:
            BundleError: the config is not the one that the candidate names.
        """
        found = hashlib.sha256(config.encode()).hexdigest()
        if found != candidate.sha256:
            raise BundleError(
                f"{candidate.model} version {candidate.version} names the bundle {candidate.sha256} "
                f"but its config hashes to {found}: pack it again"
            )
        with _model_folder(config, weights, candidate.sha256) as folder:
            self._tracking.submit(
                Operation(
                    kind="register",
                    model=candidate.model,
                    run=tracked.key if isinstance(tracked, BufferedRun) else "",
                    body={"version": candidate.version, "sha256": candidate.sha256},
                    files=folder,
                )
            )

    def alias_champion(self, model: str, version: int) -> None:
        """Point alias `champion` at our `version`, and drop `challenger` where it names the same."""
        self._tracking.submit(Operation(kind="champion", model=model, run="", body={"version": version}))
        self._tracking.settle()  # a command that ends here would take its thread with it

    def champion(self, model: str) -> tuple[int, str] | None:
        """(our version, sha256) that the alias `champion` names. Raises Unavailable when MLflow is away."""
        found = self._tracking.ask(lambda client: _aliased(client, model, "champion"))
        return None if found is None else (int(found.tags[VERSION_TAG]), found.tags[SHA256_TAG])

    def _register(self, client: MlflowClient, operation: Operation) -> None:
        ours, sha256 = str(operation.body["version"]), str(operation.body["sha256"])
        found = _ours(client, operation.model, ours)
        if found is None or found.tags[SHA256_TAG] != sha256:
            found = self._log_version(client, operation, {VERSION_TAG: ours, SHA256_TAG: sha256})
        client.set_registered_model_alias(operation.model, "challenger", found.version)

    def _log_version(self, client: MlflowClient, operation: Operation, tags: dict[str, str]) -> ModelVersion:
        run_id = self._tracking.run_id(client, operation) if operation.run else None
        experiment = self._tracking.experiment(client, operation.model)
        logged = client.create_logged_model(experiment, name=operation.model, source_run_id=run_id, tags=tags)
        client.log_model_artifacts(logged.model_id, str(operation.files))
        client.finalize_logged_model(logged.model_id, "READY")
        if not client.search_registered_models(f"name = '{operation.model}'"):
            client.create_registered_model(operation.model)
        # the folder itself, not `models:/<id>`: that would be looked up in the process's global tracking URI
        source = logged.artifact_location
        return client.create_model_version(operation.model, source, run_id, tags=tags, model_id=logged.model_id)

    def _crown(self, client: MlflowClient, operation: Operation) -> None:
        found = _ours(client, operation.model, str(operation.body["version"]))
        if found is None:
            raise Rejected(
                f"MLflow has no version of {operation.model} with the tag {VERSION_TAG}={operation.body['version']}: "
                "register it first"
            )
        client.set_registered_model_alias(operation.model, "champion", found.version)
        challenger = _aliased(client, operation.model, "challenger")
        if challenger is not None and challenger.version == found.version:
            client.delete_registered_model_alias(operation.model, "challenger")


def _ours(client: MlflowClient, model: str, ours: str) -> ModelVersion | None:
    """MLflow's version for our version; the latest when it was registered more than once."""
    found = client.search_model_versions(f"name = '{model}' and tag.`{VERSION_TAG}` = '{ours}'")
    return max(found, key=lambda version: int(version.version), default=None)


def _aliased(client: MlflowClient, model: str, alias: str) -> ModelVersion | None:
    found = client.search_registered_models(f"name = '{model}'")
    number = found[0].aliases.get(alias) if found else None
    return None if number is None else client.get_model_version(model, number)


@contextmanager
def _model_folder(config: str, weights: bytes, sha256: str) -> Iterator[Path]:
    """A folder that `mlflow.pyfunc.load_model` reads through `infra.model.pyfunc`."""
    with MLFLOW_IMPORT:
        from mlflow.models import Model

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = folder / "bundle"
        bundle.mkdir()
        (bundle / "config.json").write_bytes(config.encode())
        (bundle / "weights.safetensors").write_bytes(weights)
        sums = f"{sha256}  config.json\n{hashlib.sha256(weights).hexdigest()}  weights.safetensors\n"
        (bundle / "SHA256SUMS").write_text(sums, encoding="ascii")
        needs = "".join(f"{package}=={installed(package)}\n" for package in _NEEDS)
        (folder / "requirements.txt").write_text(needs, encoding="ascii")
        model = Model()
        model.add_flavor(
            "python_function",
            loader_module="infra.model.pyfunc",
            data="bundle",
            python_version=platform.python_version(),
        )
        model.save(str(folder / "MLmodel"))
        yield folder
