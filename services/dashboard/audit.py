"""Who did what, and whether the record of it still holds, gathered for pages. It knows nothing of HTML."""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infra.domain.deeds import INSTALLATION, Head, Link, Verified, brief_of
from infra.domain.errors import NotFound
from infra.ports import Ports
from infra.rechecking import Checked, Rechecking

NEWEST = 2_000
"""Links of each chain that are looked through."""
SHOWN = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which deeds somebody asks for; empty: all. `model` None asks for every chain."""

    model: str | None = None
    actor: str = ""
    act: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """One chain and what became of its check. `until` is when the last link that holds was made."""

    model: str
    verified: Verified
    until: datetime | None
    whole_at: datetime
    """When all of it was last gone through; later, what was added since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """Deeds that fit, newest first, and what else could be asked for."""

    links: tuple[Link, ...]
    is_cut: bool
    actors: tuple[str, ...]
    acts: tuple[str, ...]


def chains(
    ports: Ports, records: Rechecking, model: str | None, witness: Head | None = None, *, whole: bool = False
) -> list[Chain]:
    """Every chain checked, broken ones first; of one model, held to a head noted earlier where one is given.

    Raises:
        Unavailable: a record is being written to all the time.
    """
    names = [model] if model is not None else ports.deeds.models()
    found = [_chain(ports, name, records.check(name, witness, whole=whole)) for name in names]
    return sorted(found, key=lambda one: (one.verified.holds, one.model))


def log_of(ports: Ports, wanted: Wanted) -> Log:
    """The newest deeds that fit, of the newest 2,000 of each chain."""
    names = [wanted.model] if wanted.model is not None else ports.deeds.models()
    pages = [ports.deeds.page(name, NEWEST) for name in names]
    links = list(heapq.merge(*pages, key=lambda link: -link.deed.at.timestamp()))
    fits = [link for link in links if wanted.actor in ("", link.deed.actor) and wanted.act in ("", link.deed.act)]
    return Log(
        links=tuple(fits[:SHOWN]),
        is_cut=len(fits) > SHOWN or any(len(page) == NEWEST for page in pages),
        actors=tuple(sorted({link.deed.actor for link in links})),
        acts=tuple(sorted({link.deed.act for link in links})),
    )


def link_at(ports: Ports, model: str, place: int) -> Link:
    """One link of a chain. Raises NotFound."""
    found = ports.deeds.after(model, place - 1, 1) if 0 < place < 2**31 else []
    if not found or found[0].place != place:
        ends = ports.deeds.head(model).place
        raise NotFound(f"{named(model)} has no deed {place}: its record ends at {ends}.")
    return found[0]


def content_of(link: Link) -> Mapping[str, object]:
    """All there is to say of a deed."""
    content = json.loads(link.deed.content)
    assert isinstance(content, dict)
    return content


def holders_of(ports: Ports, prediction_id: str) -> list[str]:
    """The models that have a prediction of that id."""
    return [one.name for one in ports.models.all() if ports.predictions.find(one.name, [prediction_id])]


def head_from(text: str) -> Head | None:
    """`PLACE:HASH` as a head; None for anything else.

    >>> head_from("3:" + "ab" * 32).place, head_from("3"), head_from("x:" + "ab" * 32)
    (3, None, None)
    """
    place, _, digest = text.strip().partition(":")
    whole = len(digest) == 64 and all(sign in "0123456789abcdef" for sign in digest)
    return Head(place=int(place), hash=digest) if place.isdecimal() and len(place) < 10 and whole else None


def named(model: str) -> str:
    """The chain's name for a person."""
    return "the installation" if model == INSTALLATION else model


def brief(link: Link) -> str:
    """The deed in a few words."""
    return brief_of(link.deed)


def _chain(ports: Ports, model: str, checked: Checked) -> Chain:
    verified = checked.verified
    last = ports.deeds.after(model, verified.links - 1, 1) if verified.links else []
    until = last[0].deed.at if last else None
    return Chain(model=model, verified=verified, until=until, whole_at=checked.whole_at)
