"""Whether the record of who did what still holds: the chain, and what the tables say beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from infra.domain.decisions import Champion, PromotionDecision
from infra.domain.deeds import Broken, Head, Link, Verified, deed_of, verify_chain
from infra.domain.errors import Unavailable
from infra.ports import Ports

_PAGE = 1000
_TRIES = 10
CROWNING = ("promote", "rollback")


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """Everything that is held together, as it stood at one moment."""

    head: Head
    links: Sequence[Link]
    decisions: Mapping[str, PromotionDecision]
    champion: Champion | None


def verify_record(ports: Ports, model: str, witness: Head | None = None) -> Verified:
    """Follow the model's chain, and hold its decisions and its champion against it; the first break is named.

    `witness` is a head that was noted earlier, elsewhere.

    Raises:
        Unavailable: it is being written to all the time.
    """
    return verify_links(ports, model, witness)[0]


def verify_links(ports: Ports, model: str, witness: Head | None = None) -> tuple[Verified, Link | None]:
    """What `verify_record` says, and the last link that let a version serve, for whoever goes on from there."""
    kept = _gather(ports, model)
    verified, crowned = verify_chain(model, kept.links, kept.head, witness), last_crowning(kept.links)
    if verified.broken is not None:
        return verified, crowned
    return replace(verified, broken=_decisions_misfit(kept) or _champion_misfit(kept)), crowned


def last_crowning(links: Sequence[Link]) -> Link | None:
    """The last of these that is a decision which lets a version serve."""
    return next((one for one in reversed(links) if _crowns(one)), None)


def _crowns(link: Link) -> bool:
    return link.deed.about == "decision" and link.deed.act in CROWNING


def _gather(ports: Ports, model: str) -> _Kept:
    for _ in range(_TRIES):
        head = ports.deeds.head(model)
        kept = _Kept(
            head=head,
            links=list(links_after(ports, model, 0)),
            decisions={decision.id: decision for decision in _decisions(ports, model)},
            champion=ports.versions.champion(model),
        )
        if ports.deeds.head(model) == head:
            return kept
    raise Unavailable(f"the record of {model} changed {_TRIES} times while it was read: try again")


def _decisions_misfit(kept: _Kept) -> Broken | None:
    """A decision that the chain does not hold as it stands, or holds and nobody keeps any more."""
    unchained = dict(kept.decisions)
    for link in kept.links:
        if link.deed.about != "decision":
            continue
        decision = unchained.pop(link.deed.subject, None)
        if decision is None:
            found, expected = f"no decision {link.deed.subject}", f"the decision {link.deed.content}"
            return Broken(place=link.place, found=found, expected=expected)
        if deed_of(decision) != link.deed:
            found = f"the decision {deed_of(decision).content}"
            return Broken(place=link.place, found=found, expected=f"the decision {link.deed.content}")
    for odd in unchained.values():
        found = f"decision {odd.id} ({odd.kind} version {odd.version}), which is no link of the chain"
        return Broken(place=len(kept.links) + 1, found=found, expected="no decision that was not put on record")
    return None


def _champion_misfit(kept: _Kept) -> Broken | None:
    """A champion that is not the one whom the last crowning link names."""
    if kept.champion is None:
        return None
    serves = f"version {kept.champion.version} serves by decision {kept.champion.decision_id}"
    place = 0
    for link in kept.links:
        if link.deed.subject == kept.champion.decision_id:
            place, decided = link.place, json.loads(link.deed.content)["version"]
            if decided != kept.champion.version:
                return Broken(place=place, found=serves, expected=f"version {decided}, which that decision names")
        elif _crowns(link) and place:
            expected = f"decision {link.deed.subject}, a later one that lets a version serve"
            return Broken(place=link.place, found=serves, expected=expected)
    if not place:
        return Broken(place=len(kept.links) + 1, found=serves, expected="a link of the chain for that decision")
    return None


def links_after(ports: Ports, model: str, place: int) -> Iterator[Link]:
    """The links of the model's chain behind that place, in their order."""
    while page := ports.deeds.after(model, place, _PAGE):
        yield from page
        place = page[-1].place


def _decisions(ports: Ports, model: str) -> Iterator[PromotionDecision]:
    offset = 0
    while page := ports.decisions.page(model, _PAGE, offset):
        yield from page
        offset += len(page)
