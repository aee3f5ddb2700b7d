"""The fleet's rows: what is said of a model, and who comes first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.memory import memory_ports
from infra.ports import Ports
from services.dashboard.fleet import fleet_rows, totals
from tests.contracts import building as make
from tests.unit.services.dashboard.building import SPEC, browsing, register

LOAD = "model: {name}\ntask: regression\ndata: {{source: a.csv, target: y}}\nbudget: {{monthly: 2}}\n"


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    return memory_ports(tmp_path)


def measured(
    ports: Ports, name: str, value: float, half: float = 0.02, *, spec: str = SPEC, accepted: float = 0.9
) -> None:
    register(ports, name, spec.replace("grid", name, 1))
    figures = replace(make.performance(), value=value, low=value - half, high=value + half)
    ports.windows.save(make.window(0, model=name, performance=figures))
    ports.versions.add(make.candidate(1, model=name), "{}", b"")
    verdict = make.decision(1, id=f"{name} first", model=name)
    ports.versions.crown(make.champion(1, model=name, accepted=accepted, decision_id=verdict.id), verdict)


def test_who_needs_a_person_comes_first_and_the_deepest_fall_before_others(ports: Ports) -> None:
    for name, value in (("calm", 0.9), ("fallen", 0.7), ("sunken", 0.8), ("seen", 0.5)):
        measured(ports, name, value)
        if name != "calm":
            state = "acknowledged" if name == "seen" else "open"
            ports.alerts.save(make.alert(name, model=name, state=state))
    measured(ports, "doubtful", 0.89)
    ports.alerts.save(make.alert("doubt", model="doubtful", severity="warning"))
    register(ports, "new", SPEC.replace("grid", "new", 1))
    assert [row.name for row in fleet_rows(ports)] == ["fallen", "sunken", "seen", "doubtful", "new", "calm"]
    assert [(one.word, one.count) for one in totals(fleet_rows(ports))] == [
        ("degraded", 3),
        ("watch", 1),
        ("unknown", 1),
        ("ok", 1),
    ]


@pytest.mark.parametrize(
    ("value", "half", "words", "sure"),
    [
        (0.84, 0.02, "6.0 points below 90.0%", True),
        (0.84, 0.1, "6.0 points below 90.0%", False),
        (0.93, 0.02, "3.0 points above 90.0%", True),
        (0.9, 0.02, "as accepted", False),
    ],
)
def test_a_level_is_held_against_the_accepted_one(
    ports: Ports, value: float, half: float, words: str, sure: bool
) -> None:
    measured(ports, "grid", value, half)
    (row,) = fleet_rows(ports)
    assert row.gap is not None
    assert row.gap.sure is sure
    with browsing(ports) as client:
        assert words in client.get("/").text


def test_an_error_that_grew_is_worse_and_said_in_shares(ports: Ports) -> None:
    measured(ports, "load", 12.0, 1.0, spec=LOAD.format(name="load"), accepted=10.0)
    (row,) = fleet_rows(ports)
    assert row.metric == "mae"
    assert row.gap is not None
    assert (row.gap.worse, row.gap.sure) == (True, True)
    with browsing(ports) as client:
        assert "20% worse than 10" in client.get("/").text


def test_a_month_over_its_budget_is_said_in_words(ports: Ports) -> None:
    measured(ports, "load", 12.0, spec=LOAD.format(name="load"), accepted=12.0)
    ports.costs.add([make.cost("much", model="load", amount=5.0)])
    (row,) = fleet_rows(ports)
    assert row.gauge is not None
    assert (row.gauge.share, row.gauge.width, row.gauge.over) == (2.5, 100.0, True)
    with browsing(ports) as client:
        assert "over: 250% of 2.00 EUR" in client.get("/").text


def test_one_word_of_health_is_shown_alone_and_what_happens_is_shown_at_once(ports: Ports) -> None:
    with browsing(ports) as client:
        measured(ports, "calm", 0.9)
        assert "/models/calm" in client.get("/?health=ok").text
        assert "No model is degraded now" in client.get("/?health=degraded").text
        assert "/models/calm" in client.get("/?health=nonsense").text
        ports.alerts.save(make.alert("loud", model="calm"))
        assert "/models/calm" in client.get("/fleet/lines?health=degraded").text
        assert "/models/calm" not in client.get("/fleet/lines?health=ok").text
