"""Which part of a model's life is looked at: a stretch of event time, a version. The page's address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from infra.domain.errors import DataError
from infra.domain.windows import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Windows that end after `start`, begin before `end`, and in which `version` answered; None bounds nothing."""

    start: datetime | None = None
    end: datetime | None = None
    version: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start is None and self.end is None and self.version is None

    @property
    def query(self) -> str:
        """As in an address: `from=2026-03-01T09:00:00Z&version=3`; nothing for the whole."""
        moments = {"from": self.start, "to": self.end}
        words = {name: f"{at:%Y-%m-%dT%H:%M:%S}Z" for name, at in moments.items() if at is not None}
        return urlencode(words | ({} if self.version is None else {"version": str(self.version)}), safe=":")

    def holds(self, window: Window) -> bool:
        """Whether the window belongs to it."""
        return (
            (self.start is None or window.end > self.start)
            and (self.end is None or window.start < self.end)
            and (self.version is None or self.version in window.versions)
        )


def part_of(asked: Mapping[str, str]) -> Part:
    """What `from`, `to` and `version` of an address ask for; empty ones bound nothing.

    Raises:
        DataError: one of them cannot be read.
    """
    version = asked.get("version", "").strip()
    if version and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise DataError(f"version={version[:40]!r} is no version: give its number, as in ?version=3")
    start, end = (_moment(name, asked.get(name, "").strip()) for name in ("from", "to"))
    if start is not None and end is not None and start >= end:
        raise DataError("from= lies after to=: swap them, or leave one out")
    return Part(start=start, end=end, version=int(version) if version else None)


def _moment(name: str, text: str) -> datetime | None:
    """A moment without a zone is UTC: that is how the fields of the page write them."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{name}={text[:40]!r} is no moment: write it as in ?{name}=2026-03-01T09:00:00Z") from error
