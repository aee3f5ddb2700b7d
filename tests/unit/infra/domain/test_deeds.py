from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.domain.deeds import (
    BEGINNING,
    Deed,
    Head,
    Link,
    canonical,
    deed_of,
    link_after,
    personal,
    said_of,
    verify_chain,
)
from tests.contracts.building import NOON, decision

Chain = list[Link]


def chain_of(count: int) -> Chain:
    links: Chain = []
    head = BEGINNING
    for number in range(count):
        deed = personal(
            "note", "alert", f"a{number}", model="grid", actor="ada", at=NOON, content={"note": str(number)}
        )
        links.append(link_after(head, deed))
        head = head_of(links)
    return links


def head_of(links: Chain) -> Head:
    return Head(place=links[-1].place, hash=links[-1].hash) if links else BEGINNING


def test_one_value_has_one_text() -> None:
    east = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    assert canonical({"b": 0.1 + 0.2, "a": east}) == '{"a":"2026-03-01T12:00:00+00:00","b":0.30000000000000004}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
    with pytest.raises(TypeError, match="canonical form"):
        canonical({"a": object()})


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Deed(model="m", at=datetime(2026, 1, 1), actor="a", act="x", about="key", subject="k", content="{}")  # noqa: DTZ001


def test_an_untouched_chain_holds() -> None:
    links = chain_of(5)
    verified = verify_chain("grid", links, head_of(links), witness=Head(place=3, hash=links[2].hash))
    assert (verified.holds, verified.links) == (True, 5)
    assert verify_chain("grid", [], BEGINNING).holds


def rewritten(links: Chain) -> Chain:
    """The third link says something else, and everything behind it is hashed anew: the forger's best work."""
    forged = links[:2]
    for link in links[2:]:
        deed = replace(link.deed, actor="eve") if link.place == 3 else link.deed
        forged.append(link_after(head_of(forged), deed))
    return forged


FORGERIES: list[tuple[str, Callable[[Chain], Chain], int]] = [
    ("changed", lambda links: [*links[:2], replace(links[2], deed=replace(links[2].deed, actor="eve")), *links[3:]], 3),
    ("changed, with a hash to match", lambda links: [*links[:2], rewritten(links)[2], *links[3:]], 4),
    ("taken out", lambda links: [*links[:2], *links[3:]], 3),
    ("put in twice", lambda links: [*links[:3], links[2], *links[3:]], 4),
    ("moved", lambda links: [links[0], links[2], links[1], *links[3:]], 2),
    ("the end cut off", lambda links: links[:-1], 5),
    ("all of it gone", lambda _: [], 1),
    ("made anew to the end", rewritten, 5),
    ("one more at the end", lambda links: [*links, link_after(head_of(links), links[0].deed)], 6),
]


@pytest.mark.parametrize(("forge", "place"), [row[1:] for row in FORGERIES], ids=[row[0] for row in FORGERIES])
def test_a_forgery_is_named_at_its_place(forge: Callable[[Chain], Chain], place: int) -> None:
    links = chain_of(5)
    broken = verify_chain("grid", forge(links), head_of(links)).broken
    assert broken is not None
    assert broken.place == place
    assert broken.found != broken.expected


def test_a_chain_made_anew_with_its_head_is_seen_by_a_witness_alone() -> None:
    links = chain_of(5)
    forged = rewritten(links)
    assert verify_chain("grid", forged, head_of(forged)).holds
    broken = verify_chain("grid", forged, head_of(forged), witness=head_of(links)).broken
    assert broken is not None
    assert links[-1].hash in broken.expected
    cut = verify_chain("grid", links[:3], head_of(links[:3]), witness=head_of(links)).broken
    assert cut is not None
    assert (cut.place, "noted earlier" in cut.expected) == (4, True)


@given(st.integers(0, 7), st.sampled_from(["actor", "act", "subject", "content", "at"]))
def test_no_word_of_any_link_can_be_changed(place: int, field: str) -> None:
    links = chain_of(8)
    value = datetime(2020, 1, 1, tzinfo=UTC) if field == "at" else getattr(links[place].deed, field) + " "
    changes: dict[str, Any] = {field: value}
    links[place] = replace(links[place], deed=replace(links[place].deed, **changes))
    broken = verify_chain("grid", links, head_of(links)).broken
    assert broken is not None
    assert broken.place == place + 1


def test_a_deed_reads_as_a_sentence() -> None:
    assert said_of(deed_of(decision(2))) == "promote version 2: 0.90 is above the floor. 0.90 is above the floor."
    spoken = personal(
        "revoke", "key", "line-3", model="", actor="ada", at=NOON, content={"why": "left", "roles": ["read"], "n": None}
    )
    assert said_of(spoken) == 'revoke key line-3: roles ["read"], why left'
