"""The timeline of a model's retrainings, what a person asks for, and their word on what a budget holds."""

from __future__ import annotations

import pytest

from infra.ports import Ports
from tests.contracts import building as make
from tests.unit.services.dashboard.building import Browser, register
from tests.unit.services.dashboard.test_pages import page

RETRAINING = "/models/grid/retraining"
NUMBERS = {"gain_ahead": 18.2, "decisions_ahead": 250, "forecast_cost": 0.0001, "model_left": 4.5}


@pytest.fixture
def weighed(ports: Ports) -> Ports:
    """A refusal with its numbers, one that a budget holds, and the retraining that made version 3."""
    refused = {"source": "policy", "state": "refused", "reason": "it waits", "evidence": NUMBERS}
    ports.triggers.save(make.trigger("no", at=make.after(6), **refused))
    ports.triggers.save(make.trigger("held", at=make.after(7), state="held", reason="the budget is spent"))
    ports.triggers.save(make.trigger("yes", at=make.after(4), state="done", reason="it pays"))
    ports.runs.save(make.run("run 3", version=3, at=make.after(4), state="succeeded", trigger_id="yes"))
    return ports


def test_a_refusal_is_told_with_its_numbers(client: Browser, weighed: Ports) -> None:
    text = page(client, f"{RETRAINING}?show=refused").text
    for words in ("Refused", "18.2 of 250", "0.00010 EUR", "Budget left then: 4.50 EUR"):
        assert words in text
    assert "it pays" not in text


def test_a_reason_its_run_and_its_verdict_are_one_line(client: Browser, weighed: Ports) -> None:
    found = page(client, f"{RETRAINING}?show=trained")
    assert found.text.count("Version 3 rejected") == 1
    assert "trigger-yes" in found.ids
    assert "/models/grid/runs/run%203" in found.links


def test_decisions_that_no_run_led_to_are_there_as_well(client: Browser) -> None:
    assert "Version 1 rolled back to" in page(client, RETRAINING).text


def test_a_wish_is_kept_with_its_reason(client: Browser, ports: Ports) -> None:
    done = client.submit(RETRAINING, "/models/grid/retrain", reason="new parts", how="scratch")
    assert done.status_code == 303
    (wish,) = ports.triggers.in_state("grid", "requested")
    assert (wish.source, wish.reason, wish.evidence["how"], wish.actor) == ("person", "new parts", "scratch", "person")
    assert "Waits for the next look" in page(client, f"{RETRAINING}?show=waiting").text


def test_a_wish_without_a_reason_is_asked_for_one(client: Browser, ports: Ports) -> None:
    answer = client.submit(RETRAINING, "/models/grid/retrain", reason=" ", how="warm")
    assert answer.status_code == 422
    assert "Say it in a few words." in answer.text
    assert ports.triggers.in_state("grid", "requested") == []


@pytest.mark.parametrize(("word", "state"), [("approve", "accepted"), ("decline", "refused")])
def test_what_a_budget_holds_gets_a_persons_word(client: Browser, weighed: Ports, word: str, state: str) -> None:
    assert "waits for your word" in page(client, RETRAINING).text
    done = client.submit(RETRAINING, f"/models/grid/triggers/held/{word}", reason="quarter end")
    assert done.status_code == 303
    decided = weighed.triggers.get("held")
    assert decided.state == state
    assert "by person: quarter end." in decided.reason


def test_a_word_on_what_is_not_held_or_not_the_models_is_refused(client: Browser, weighed: Ports) -> None:
    register(weighed, "other")
    for path in ("/models/grid/triggers/no/approve", "/models/other/triggers/held/approve"):
        assert client.submit(RETRAINING, path, reason="why not").status_code == 409
    assert weighed.triggers.get("held").state == "held"
