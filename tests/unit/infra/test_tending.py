"""What a person does to an alert, whoever asks: kept, on record under their name, and charged where it is work."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import NotFound, Refused
from infra.memory import memory_ports
from infra.ports import Ports, RegisteredModel
from infra.tending import Word, tend
from infra.wishing import wish_by_hand
from tests.contracts import building as make

SPEC = "model: grid\ntask: classification\ndata: {source: a.csv, target: y}\ncosts: {staff_minutes: {review: 5}}\n"


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    ports = memory_ports(tmp_path)
    ports.models.save(RegisteredModel(name="grid", spec_yaml=SPEC, spec_folder=".", registered_at=make.NOON))
    ports.alerts.save(make.alert("one"))
    return ports


def test_an_acknowledgement_is_kept_recorded_and_charged(ports: Ports) -> None:
    tend(ports, "acknowledge", "one", Word(actor="mina", at=make.after(1), note="a dirty lens"))
    kept = ports.alerts.get("one")
    assert (kept.state, kept.note, kept.updated_at) == ("acknowledged", "mina: a dirty lens", make.after(1))
    (link,) = ports.deeds.page("grid", 5)
    assert (link.deed.act, link.deed.actor, link.deed.subject) == ("acknowledge", "mina", "one")
    (entry,) = ports.costs.page("grid", 5)
    assert (entry.stage, entry.quantity) == ("review", 5.0)


def test_an_owner_and_a_silence_cost_nothing(ports: Ports) -> None:
    tend(ports, "assign", "one", Word(actor="mina", at=make.after(1), owner="oleg"))
    tend(ports, "silence", "one", Word(actor="oleg", at=make.after(2), until=make.after(10)))
    kept = ports.alerts.get("one")
    assert (kept.owner, kept.state, kept.silenced_until) == ("oleg", "silenced", make.after(10))
    assert ports.costs.page("grid", 5) == []


def test_what_is_resolved_takes_a_note_and_nothing_else(ports: Ports) -> None:
    tend(ports, "resolve", "one", Word(actor="mina", at=make.after(1)))
    assert tend(ports, "note", "one", Word(actor="mina", at=make.after(2), note="it was the lens")).state == "resolved"
    with pytest.raises(Refused, match="resolved already"):
        tend(ports, "acknowledge", "one", Word(actor="mina", at=make.after(3)))
    with pytest.raises(NotFound):
        tend(ports, "note", "none", Word(actor="mina", at=make.after(3), note="x"))


def test_a_wish_waits_for_the_next_look_with_its_deed(ports: Ports) -> None:
    wish_by_hand(ports, "grid", trigger_id="w", reason="new parts", how="scratch", actor="mina", at=make.NOON)
    (kept,) = ports.triggers.in_state("grid", "requested")
    assert (kept.id, kept.source, kept.actor, kept.evidence) == ("w", "person", "mina", {"how": "scratch"})
    (link,) = ports.deeds.page("grid", 5)
    assert (link.deed.act, link.deed.about, link.deed.subject) == ("ask", "trigger", "w")
