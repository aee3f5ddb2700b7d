"""Who did what."""

from __future__ import annotations

from typing import Protocol

from infra.domain.deeds import Deed, Head, Link


class Deeds(Protocol):
    """The chained record of each model. A link is never changed. Decisions get theirs when they are recorded."""

    def add(self, deed: Deed) -> Link:
        """Put it behind the model's last link, and move the head, in one transaction; writers queue."""

    def head(self, model: str) -> Head:
        """The end of the chain as it is kept apart from it; place 0 before the first link."""

    def after(self, model: str, place: int, limit: int) -> list[Link]:
        """The first `limit` links behind that place, in order."""

    def page(self, model: str, limit: int, offset: int = 0) -> list[Link]:
        """Newest first."""

    def about(self, model: str, subjects: list[str]) -> dict[str, Link]:
        """The latest link about each of these subjects that has one, by its id."""

    def models(self) -> list[str]:
        """Those that have a chain, the installation's own (the empty name) among them; by name."""
