from __future__ import annotations

from dataclasses import replace

import pytest

from infra.domain.costs import amount_of
from services.cli.moments import wall_clock
from tests.unit.services.cli.commands.conftest import MODEL_FILE, Place

NOW = "2024-03-01T00:00:00Z"
LATHE = MODEL_FILE.replace("model: press", "model: lathe")


def limit(place: Place, budget: str) -> None:
    """Give the registered model file a budget; the first training has spent more than a millionth."""
    known = place.ports.models.get("press")
    place.ports.models.save(replace(known, spec_yaml=f"{MODEL_FILE}budget: {budget}\n"))


def test_a_rejected_candidate_is_an_answer_with_its_reasons(place: Place) -> None:
    place.label(place.serve(200))
    code, out, err = place.run("retrain", "press", "--reason", "a new lamp", "--now", NOW)
    assert code == 0, err
    assert out.startswith("press version 2: rejected, nothing changed\n  ✗ ")
    trigger = place.ports.triggers.page("press", 1)[0]
    assert (trigger.source, trigger.state, trigger.reason) == ("person", "done", "a new lamp.")
    assert place.ports.runs.page("press", 1)[0].start == "warm:1"


def test_from_scratch_starts_from_random_weights(place: Place) -> None:
    place.label(place.serve(200))
    found = place.json("retrain", "press", "--scratch", "--now", NOW)
    assert found["start"] == "scratch"
    assert found["cost"] == {"total": pytest.approx(sum_of_run(place, found["run"])), "currency": "EUR"}
    assert isinstance(found["baseline"], str)


def test_a_spent_budget_refuses_and_the_refusal_is_kept(place: Place) -> None:
    limit(place, "{monthly: 0.000001}")
    code, out, err = place.run("retrain", "press", "--now", "2024-01-20T00:00:00Z")
    assert (code, out) == (3, "")
    assert "of this month's" in err
    trigger = place.ports.triggers.page("press", 1)[0]
    assert (trigger.state, trigger.source) == ("refused", "person")
    figure = trigger.evidence["budget_figure"]
    assert isinstance(figure, float)
    assert figure > 0.000001  # what the first training cost, before there is another to go by


def test_a_budget_that_waits_for_approval_has_it_from_whoever_asks(place: Place) -> None:
    limit(place, "{monthly: 0.000001, when_exceeded: approve}")
    place.label(place.serve(200))
    assert place.run("retrain", "press", "--now", NOW)[0] == 0


def test_a_training_under_way_refuses(place: Place) -> None:
    place.label(place.serve(200))
    place.ports.leases.acquire("press", "another host", wall_clock(), 600)
    code, _, err = place.run("retrain", "press", "--now", NOW)
    assert code == 3
    assert "another host" in err


def test_no_labels_and_no_champion_are_said(place: Place) -> None:
    assert place.run("retrain", "press")[0] == 1
    place.ports.models.save(replace(place.ports.models.get("press"), name="lathe", spec_yaml=LATHE))
    code, _, err = place.run("retrain", "lathe")
    assert code == 1
    assert "no champion yet" in err


def test_an_unknown_model_and_a_wrong_moment_are_said(place: Place) -> None:
    code, _, err = place.run("retrain", "pres")
    assert (code, "there are press" in err) == (1, True)
    code, _, err = place.run("retrain", "press", "--now", "yesterday")
    assert (code, "--now" in err) == (2, True)


def sum_of_run(place: Place, run_id: object) -> float:
    return amount_of(place.ports.costs.of_run(str(run_id)))
