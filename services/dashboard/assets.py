"""Style sheets, scripts and pictures of the pages: read once a process, packed when first asked for.

Their addresses carry a digest of all of them, so that a browser keeps them for a year and asks anew after an upgrade.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from infra.domain.errors import NotFound

STATIC = Path(__file__).parent / "static"
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_SMALLEST_WORTH_PACKING = 300


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file and the kind it is served as."""

    content: bytes
    kind: str

    @cached_property
    def packed(self) -> bytes | None:
        """Gzipped; None where that saves nothing."""
        if len(self.content) < _SMALLEST_WORTH_PACKING:
            return None
        return gzip.compress(self.content, 9, mtime=0)


class Assets:
    """The files of one folder, by their path within it."""

    def __init__(self, folder: Path) -> None:
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix[1:] in TYPES]
        self._files = {
            path.relative_to(folder).as_posix(): Asset(content=path.read_bytes(), kind=TYPES[path.suffix[1:]])
            for path in paths
        }
        whole = hashlib.sha256()
        for name, asset in self._files.items():
            whole.update(name.encode() + b"\0" + asset.content)
        self.digest = whole.hexdigest()[:16]

    def find(self, name: str) -> Asset:
        """The file at `name`.

        Raises:
            NotFound: there is none.
        """
        found = self._files.get(name)
        if found is None:
            raise NotFound(f"The dashboard has no file {name!r}: load the page anew.")
        return found

    def address(self, name: str) -> str:
        """Where a page links it. Relative imports between scripts keep the digest, since it comes before the name.

        Raises:
            NotFound: there is none.
        """
        self.find(name)
        return f"/static/{self.digest}/{name}"


@lru_cache(maxsize=1)
def page_assets() -> Assets:
    """Those of the pages."""
    return Assets(STATIC)
