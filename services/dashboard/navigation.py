"""Where pages lie: the navigation at the top, and that of one model. What has no page yet is not offered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: its key, what a person reads, and its path; `{model}` stands for a model's name."""

    key: str
    text: str
    path: str


TOP = (
    Entry("fleet", "Fleet", "/"),
    Entry("alerts", "Alerts", "/alerts"),
    Entry("labelling", "Labelling", "/labelling"),
    Entry("costs", "Costs", "/costs"),
    Entry("audit", "Audit", "/audit"),
)
TABS = (
    Entry("overview", "Overview", "/models/{model}"),
    Entry("retraining", "Retraining", "/models/{model}/retraining"),
    Entry("corrections", "Corrections", "/models/{model}/corrections"),
    Entry("labelling", "Labelling", "/models/{model}/labelling"),
    Entry("costs", "Costs", "/models/{model}/costs"),
    Entry("audit", "Audit", "/models/{model}/audit"),
    Entry("readiness", "Readiness", "/models/{model}/readiness"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a page lies: `section` is a key of TOP; with `model`, `tab` is a key of TABS."""

    section: str = ""
    model: str | None = None
    tab: str = ""


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One link of one page; `current` is where the reader is."""

    text: str
    path: str
    current: bool


class Navigation:
    """The entries that have a page."""

    def __init__(self) -> None:
        self._paths: frozenset[str] = frozenset()

    def show_only(self, paths: Collection[str]) -> None:
        """Offer the entries with one of these paths, as routes declare them."""
        self._paths = frozenset(paths)

    def has(self, path: str) -> bool:
        """Whether there is a page with this path, as its route declares it."""
        return path in self._paths

    def top(self, place: Place) -> list[Link]:
        """The navigation of the whole site."""
        shown = [entry for entry in TOP if entry.path in self._paths]
        return [Link(text=one.text, path=one.path, current=one.key == place.section) for one in shown]

    def tabs(self, place: Place) -> list[Link]:
        """That of one model; none elsewhere, and none while there is but one page."""
        if place.model is None:
            return []
        shown = [entry for entry in TABS if entry.path in self._paths]
        name = quote(place.model, safe="")
        links = [
            Link(text=one.text, path=one.path.replace("{model}", name), current=one.key == place.tab) for one in shown
        ]
        return links if len(links) > 1 else []
