"""Who did what, in an order that cannot be rewritten unnoticed: a chain of hashes for each model.

Every decision, and every deed of a person, is one link; each link holds the hash of the one before it. Pure: links
in, a verdict out. It knows no database and reads no clock.

What a chain shows: a link that was changed, taken out, put in or moved, wherever it stands. What it cannot show by
itself: that somebody who may write to the database made the whole chain anew, or cut its end off together with the
head kept beside it. Against that a head has to be kept where they cannot write; `verify_chain` takes it as a witness.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Literal

from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision
from infra.domain.values import require_utc

INSTALLATION = ""
"""The chain of what belongs to no model, such as API keys."""
NOTHING_BEFORE = "0" * 64
"""What the first link holds in the place of an earlier hash."""
_BRIEF = 72
"""Letters of a deed in a list."""
About = Literal["decision", "alert", "quarantine", "key", "trigger", "model", "run", "test"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """Who did what to which thing, at event time `at`; `content` is canonical JSON with all there is to say of it."""

    model: str
    at: datetime
    actor: str
    act: str
    about: About
    subject: str
    content: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", require_utc(self.at, "time of a deed"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A deed at its place in the model's chain, from 1 without gaps."""

    place: int
    deed: Deed
    previous_hash: str
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The end of a chain, kept apart from it."""

    place: int
    hash: str


BEGINNING = Head(place=0, hash=NOTHING_BEFORE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The first place where the record does not hold: what stands there, and what was expected."""

    place: int
    found: str
    expected: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What became of a check: how many links were looked at, the head, and the first break, if any."""

    model: str
    links: int
    head: Head
    broken: Broken | None

    @property
    def holds(self) -> bool:
        """Whether nothing was found to be wrong."""
        return self.broken is None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedDecision(PromotionDecision):
    """A decision with its place in the chain; None where no link holds it, which `audit verify` calls broken."""

    place: int | None = None
    previous_hash: str | None = None
    hash: str | None = None


def canonical(value: object) -> str:
    """One text for one value: keys sorted, no spaces, moments as ISO 8601 in UTC, shortest floats.

    >>> canonical({"b": 1.0, "a": (True, None, "é")})
    '{"a":[true,null,"é"],"b":1.0}'

    Raises:
        ValueError: a number that is not finite.
        TypeError: a value that JSON has no word for.
    """
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_moment
    )


def deed_of(decision: PromotionDecision) -> Deed:
    """The decision as a deed; its content is the whole decision."""
    return Deed(
        model=decision.model,
        at=decision.at,
        actor=decision.actor,
        act=decision.kind,
        about="decision",
        subject=decision.id,
        content=canonical(decision),
    )


def link_after(head: Head, deed: Deed) -> Link:
    """The deed as the next link behind `head`."""
    place = head.place + 1
    return Link(place=place, deed=deed, previous_hash=head.hash, hash=hash_of(place, deed, head.hash))


def hash_of(place: int, deed: Deed, previous_hash: str) -> str:
    """SHA-256 over the canonical JSON of the deed, its place and the hash before it."""
    said = {**asdict(deed), "place": place, "previous_hash": previous_hash}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def verify_chain(
    model: str, links: Iterable[Link], head: Head, witness: Head | None = None, *, start: Head = BEGINNING
) -> Verified:
    """Follow the links, which come in order, from the first behind `start` to the head.

    `witness` is a head that was noted earlier, where nobody who writes here can reach it: the chain must still pass
    through it.
    """
    last = start
    for link in links:
        broken = _misfit(link, last)
        if broken is not None:
            return Verified(model=model, links=last.place, head=head, broken=broken)
        last = Head(place=link.place, hash=link.hash)
        if witness is not None and witness.place == link.place and witness.hash != link.hash:
            found, expected = f"hash {link.hash}", f"hash {witness.hash}, which was noted earlier"
            broken = Broken(place=link.place, found=found, expected=expected)
            return Verified(model=model, links=last.place, head=head, broken=broken)
    return Verified(model=model, links=last.place, head=head, broken=_short(last, head, witness))


def said_of(deed: Deed) -> str:
    """The deed as a line for a person: what was done to what, and why."""
    content = json.loads(deed.content)
    if deed.about == "decision":
        reasons = sorted(content["reasons"], key=lambda one: bool(one["passed"]))
        return " ".join([f"{deed.act} version {content['version']}:", *(one["text"] for one in reasons)])
    told = ", ".join(f"{name} {_short_text(value)}" for name, value in content.items() if value not in (None, "", []))
    subject = "" if deed.subject == deed.model else f" {deed.subject}"
    return f"{deed.act} {deed.about}{subject}" + (f": {told}" if told else "")


def brief_of(deed: Deed) -> str:
    """The deed in a few words, for a list: what was done to what; of a decision which rules failed."""
    content = json.loads(deed.content)
    if deed.about != "decision":
        said = said_of(deed)
        return said if len(said) <= _BRIEF else f"{said[: _BRIEF - 1]}…"
    failed = dict.fromkeys(one["rule"].replace("_", " ") for one in content["reasons"] if not one["passed"])
    why = f"failed: {', '.join(failed)}" if failed else f"{len(content['reasons'])} reasons, none against it"
    return f"{deed.act} version {content['version']} ({why})"


def recorded(decision: PromotionDecision, link: Link | None) -> RecordedDecision:
    """The decision as its link keeps it on record."""
    values = {field.name: getattr(decision, field.name) for field in fields(decision)}
    if link is None:
        return RecordedDecision(**values)
    return RecordedDecision(**values, place=link.place, previous_hash=link.previous_hash, hash=link.hash)


def personal(
    act: str,
    about: About,
    subject: str,
    *,
    model: str,
    actor: str,
    at: datetime,
    content: Mapping[str, object] | None = None,
) -> Deed:
    """What a person did; `content` holds their words and what changed."""
    return Deed(
        model=model, at=at, actor=actor, act=act, about=about, subject=subject, content=canonical(dict(content or {}))
    )


def done_to_alert(act: str, alert: Alert, *, actor: str, note: str, at: datetime) -> Deed:
    """What a person did to an alert, which is given as it is afterwards."""
    content = {"rule": alert.rule, "note": note, "state": alert.state, "owner": alert.owner}
    if alert.silenced_until is not None:
        content["until"] = alert.silenced_until.isoformat()
    return personal(act, "alert", alert.id, model=alert.model, actor=actor, at=at, content=content)


def _misfit(link: Link, last: Head) -> Broken | None:
    if link.place != last.place + 1:
        found, expected = f"link {link.place} after link {last.place}", f"link {last.place + 1}"
        return Broken(place=last.place + 1, found=found, expected=expected)
    if link.previous_hash != last.hash:
        found, expected = f"previous hash {link.previous_hash}", f"{last.hash}, the hash of link {last.place}"
        return Broken(place=link.place, found=found, expected=expected)
    computed = hash_of(link.place, link.deed, link.previous_hash)
    if link.hash != computed:
        return Broken(place=link.place, found=f"hash {link.hash}", expected=f"{computed}, by what the link says")
    return None


def _short(last: Head, head: Head, witness: Head | None) -> Broken | None:
    """A chain that ends before, or beside, where it is known to have been."""
    if last != head:
        found, expected = f"the chain ends at {last.place} ({last.hash})", f"the head {head.place} ({head.hash})"
        place = last.place if last.place == head.place else min(last.place, head.place) + 1
        return Broken(place=place, found=found, expected=expected)
    if witness is not None and witness.place > last.place:
        found = f"the chain ends at {last.place}"
        return Broken(place=last.place + 1, found=found, expected=f"link {witness.place}, which was noted earlier")
    return None


def _short_text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return require_utc(value, "moment").isoformat()
    raise TypeError(f"{value!r} of type {type(value).__name__} has no canonical form: give plain values")
