"""Dossiers on disk, beside MLflow's copy, so that they can be read while MLflow is away.

`artifacts/dossiers/MODEL/RUN.json` and `.html` appear whole or not at all. It knows nothing of what is in a page.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import msgspec

from infra.domain.dossier import SCHEMA, Dossier
from infra.domain.errors import DataError, NotFound

FOLDER = "dossiers"


def dossier_json(dossier: Dossier) -> str:
    """The dossier as indented JSON; what is not a finite number is null."""
    return msgspec.json.format(msgspec.json.encode(dossier, order="deterministic"), indent=2).decode()


def dossier_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of a dossier."""
    return msgspec.json.schema(Dossier)


def parse_dossier(text: bytes | str, where: str) -> Dossier:
    """The dossier that `dossier_json` gave.

    Raises:
        DataError: it is of another schema, or was changed.
    """
    try:
        return msgspec.json.decode(text, type=Dossier)
    except msgspec.MsgspecError as error:
        raise DataError(f"{where} is no dossier of {SCHEMA} ({error}): the copy in MLflow may be whole") from error


def keep_dossier(artifacts: Path, dossier: Dossier, page: str) -> None:
    """Write both forms; a run that is told again replaces its own."""
    folder = artifacts / FOLDER / dossier.model
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((f"{dossier.run}.html", page), (f"{dossier.run}.json", dossier_json(dossier))):
        draft = folder / f".{name}.{uuid.uuid4().hex}"
        try:
            draft.write_text(text, encoding="utf-8")
            os.replace(draft, folder / name)
        finally:
            draft.unlink(missing_ok=True)


def read_dossier(artifacts: Path, model: str, run: str) -> Dossier:
    """The dossier of a run.

    Raises:
        NotFound: none is kept.
        DataError: what is kept cannot be read.
    """
    path = artifacts / FOLDER / model / f"{run}.json"
    return parse_dossier(_read(path, model, run), str(path))


def read_dossier_page(artifacts: Path, model: str, run: str) -> str:
    """The page of a run as it was printed then. Raises NotFound."""
    return _read(artifacts / FOLDER / model / f"{run}.html", model, run).decode()


def _read(path: Path, model: str, run: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(
            f"no dossier of run {run} of {model} is kept here: it failed, or it ran before dossiers were kept; MLflow "
            "may have a copy"
        ) from error
