"""Evidently's own page of a window, as it was kept. It knows nothing of windows, only where pages may lie."""

from __future__ import annotations

import gzip
from pathlib import Path

from infra.domain.errors import NotFound

SUFFIX = ".html.gz"


def read_page(artifacts: Path, kept: str | None) -> bytes:
    """The gzipped HTML at `kept`, a path relative to `artifacts`.

    Raises:
        NotFound: there is no such page, or `kept` leads out of `artifacts`.
    """
    home = artifacts.resolve()
    path = (home / (kept or "")).resolve()
    if not kept or not kept.endswith(SUFFIX) or not path.is_relative_to(home) or not path.is_file():
        raise NotFound("Evidently's page of this window is not kept: `monitoring.reports` says for which windows it is")
    return path.read_bytes()


def unpacked(page: bytes) -> bytes:
    """The same page for a client that takes no gzip."""
    return gzip.decompress(page)
