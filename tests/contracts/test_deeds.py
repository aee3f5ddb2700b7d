"""What every `ports.Deeds` does, and what of the other ports goes on record with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from infra.domain.deeds import BEGINNING, Deed, personal, verify_chain
from infra.domain.errors import Conflict
from infra.ports import Ports, RegisteredModel
from tests.contracts.building import NOON, after, alert, api_key, candidate, champion, decision, quarantine, trigger


def deed(name: str, **changes: object) -> Deed:
    made = personal("note", "alert", name, model="grid", actor="ada", at=NOON, content={"note": "wörk ☃", "n": 1.0})
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names only what it is about


def test_an_empty_chain_has_a_beginning(ports: Ports) -> None:
    assert ports.deeds.head("grid") == BEGINNING
    assert (ports.deeds.page("grid", 5), ports.deeds.models()) == ([], [])


def test_each_deed_holds_the_hash_of_the_one_before(ports: Ports) -> None:
    first, second = ports.deeds.add(deed("a")), ports.deeds.add(deed("b", at=after(-1)))
    other = ports.deeds.add(deed("c", model="another"))
    assert (first.place, second.place, other.place) == (1, 2, 1)
    assert first.previous_hash == BEGINNING.hash == other.previous_hash
    assert second.previous_hash == first.hash != second.hash
    assert ports.deeds.after("grid", 0, 10) == [first, second]
    assert ports.deeds.after("grid", 1, 10) == [second]
    assert ports.deeds.page("grid", 1, 1) == [first]
    assert ports.deeds.models() == ["another", "grid"]
    assert ports.deeds.head("grid").hash == second.hash


def test_the_latest_link_about_a_subject_is_found(ports: Ports) -> None:
    ports.deeds.add(deed("a"))
    later = ports.deeds.add(deed("a", act="resolve"))
    other = ports.deeds.add(deed("b"))
    assert ports.deeds.about("grid", ["a", "b", "c"]) == {"a": later, "b": other}


def test_writers_at_once_cannot_fork_the_chain(ports: Ports) -> None:
    with ThreadPoolExecutor(8) as pool:
        links = list(pool.map(lambda place: ports.deeds.add(deed(f"d{place}")), range(40)))
    assert sorted(link.place for link in links) == list(range(1, 41))
    kept = ports.deeds.after("grid", 0, 100)
    assert verify_chain("grid", kept, ports.deeds.head("grid")).holds
    assert len({link.previous_hash for link in kept}) == 40


def test_a_decision_goes_on_record_once(ports: Ports) -> None:
    ports.versions.add(candidate(1), "{}", b"w")
    for _ in range(2):
        ports.versions.crown(champion(1), decision(1, actor="ada"))
        ports.decisions.add(decision(2, kind="reject"))
    first, second = ports.deeds.after("grid", 0, 10)
    assert (first.deed.act, first.deed.actor, first.deed.subject) == ("promote", "ada", "decision 1")
    assert (second.deed.act, second.deed.subject) == ("reject", "decision 2")


def test_a_refused_decision_leaves_no_link(ports: Ports) -> None:
    ports.decisions.add(decision(1))
    with pytest.raises(Conflict):
        ports.decisions.add(decision(2, id="decision 1"))
    assert len(ports.deeds.after("grid", 0, 10)) == 1


def test_deeds_go_on_record_with_what_they_changed(ports: Ports) -> None:
    ports.alerts.save(alert("a"), deed=deed("a"))
    ports.keys.add(api_key("k"), deed("k", model=""))
    ports.keys.revoke("k", after(1), deed("k", model="", act="revoke"))
    ports.quarantines.save(quarantine("q", 1, 2), deed("q"))
    ports.triggers.save(trigger("t"), deed("t"))
    ports.models.save(RegisteredModel(name="grid", spec_yaml="", spec_folder="/", registered_at=NOON), deed("grid"))
    assert [link.deed.subject for link in ports.deeds.after("grid", 0, 10)] == ["a", "q", "t", "grid"]
    assert [link.deed.act for link in ports.deeds.after("", 0, 10)] == ["note", "revoke"]


def test_what_could_not_be_stored_leaves_no_deed(ports: Ports) -> None:
    ports.keys.add(api_key("k"), deed("k"))
    with pytest.raises(Conflict):
        ports.keys.add(api_key("k", id="other"), deed("k"))
    ports.alerts.save(alert("a"))
    with pytest.raises(Conflict):
        ports.alerts.save(alert("b", dedup_key="grid/a"), deed=deed("b"))
    assert ports.deeds.head("grid").place == 1
