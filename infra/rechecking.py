"""A record that is looked at often: checked whole once in a while, and in between from the last link that held.

In between, a decision that was slipped into its table without a link is not seen, nor a change of a link that was
checked before; the next whole check names both.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from infra.domain.deeds import Broken, Head, Link, Verified, deed_of, verify_chain
from infra.ports import Ports
from infra.verifying import last_crowning, links_after, verify_links

WHOLE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What became of a check, and when all of it was last gone through."""

    verified: Verified
    whole_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trust:
    """Up to where a record held, and the link that crowned the champion."""

    head: Head
    crowned: Link | None
    whole_at: datetime


class Rechecking:
    """The checks of one installation's records."""

    def __init__(self, ports: Ports, clock: Callable[[], datetime]) -> None:
        self._ports, self._clock = ports, clock
        self._trusted: dict[str, _Trust] = {}

    def check(self, model: str, witness: Head | None = None, *, whole: bool = False) -> Checked:
        """Held to `witness`, a head noted earlier, it is always checked whole.

        Raises:
            Unavailable: the record is being written to all the time.
        """
        now, trust = self._clock(), self._trusted.get(model)
        if whole or witness is not None or trust is None or now - trust.whole_at >= WHOLE_EVERY:
            whole_at = now
            verified, crowned = verify_links(self._ports, model, witness)
        else:
            whole_at = trust.whole_at
            verified, crowned = self._since(model, trust)
        if verified.holds:
            self._trusted[model] = _Trust(head=verified.head, crowned=crowned, whole_at=whole_at)
        else:
            self._trusted.pop(model, None)
        return Checked(verified=verified, whole_at=whole_at)

    def _since(self, model: str, trust: _Trust) -> tuple[Verified, Link | None]:
        """The links behind the last one that held, and the decisions and the champion that they name; the last link
        that let a version serve."""
        added = list(links_after(self._ports, model, trust.head.place))
        crowned = last_crowning(added) or trust.crowned
        ends = added[-1] if added else None
        head = self._ports.deeds.head(model)
        if ends is not None and head.place > ends.place:  # written to meanwhile: looked at the next time
            head = Head(place=ends.place, hash=ends.hash)
        verified = verify_chain(model, added, head, start=trust.head)
        if not verified.holds:
            return verified, crowned
        broken = self._decisions_misfit(model, added) or self._champion_misfit(model, crowned)
        return replace(verified, broken=broken), crowned

    def _decisions_misfit(self, model: str, added: list[Link]) -> Broken | None:
        decided = [one for one in added if one.deed.about == "decision"]
        known = {one.id: one for one in self._ports.decisions.page(model, 2 * len(decided))} if decided else {}
        for link in decided:
            decision = known.get(link.deed.subject)
            if decision is None or deed_of(decision) != link.deed:
                found = "no such decision" if decision is None else f"the decision {deed_of(decision).content}"
                return Broken(place=link.place, found=found, expected=f"the decision {link.deed.content}")
        return None

    def _champion_misfit(self, model: str, crowned: Link | None) -> Broken | None:
        champion = self._ports.versions.champion(model)
        if champion is None or crowned is None:
            return None
        version = json.loads(crowned.deed.content)["version"]
        if (champion.decision_id, champion.version) == (crowned.deed.subject, version):
            return None
        serves = f"version {champion.version} serves by decision {champion.decision_id}"
        expected = f"version {version} by decision {crowned.deed.subject}"
        return Broken(place=crowned.place, found=serves, expected=expected)
