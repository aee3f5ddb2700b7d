"""The shapes of a window's columns on disk: `artifacts/windows/MODEL/000003.shapes.json.gz`, whole or not at all."""

from __future__ import annotations

import gzip
import os
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from infra.domain.errors import DataError, NotFound
from infra.domain.shapes import ColumnShape


def keep_shapes(artifacts: Path, model: str, index: int, shapes: Sequence[ColumnShape]) -> None:
    """Write them; those of the same window are replaced. Raises OSError when the disk does not take them."""
    path = _path(artifacts, model, index)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        draft.write_bytes(gzip.compress(msgspec.json.encode(shapes), compresslevel=5, mtime=0))
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_shapes(artifacts: Path, model: str, index: int) -> tuple[ColumnShape, ...]:
    """Those of one window.

    Raises:
        NotFound: none are kept.
        DataError: what is kept cannot be read.
    """
    path = _path(artifacts, model, index)
    if not path.resolve().is_relative_to((artifacts / "windows").resolve()):
        raise NotFound(f"no distributions of window {index} of {model} are kept here: look at a newer one")
    try:
        return msgspec.json.decode(gzip.decompress(path.read_bytes()), type=tuple[ColumnShape, ...])
    except FileNotFoundError as error:
        raise NotFound(
            f"no distributions of window {index} of {model} are kept here: it had too few rows to be compared, or it "
            "was closed before distributions were kept"
        ) from error
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        raise DataError(f"{path.name} of {model} cannot be read ({error}): restore it from a backup") from error


def _path(artifacts: Path, model: str, index: int) -> Path:
    return artifacts / "windows" / model / f"{index:06d}.shapes.json.gz"
