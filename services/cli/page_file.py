"""A page for a browser, written where the user asked for it."""

from __future__ import annotations

from pathlib import Path

from infra.domain.errors import DataError


def write_page(path: Path, text: str) -> None:
    """Write it, with its folders. Raises DataError when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}): choose another place") from error
