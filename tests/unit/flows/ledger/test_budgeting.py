from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.desk import Desk
from flows.ledger.budgeting import bind, forecast_cost, purses_of, review_held, watch_budgets
from flows.ledger.metering import known_cost
from infra.approving import approve_by_hand, held
from infra.domain.alerts import Trigger
from infra.domain.errors import NotFound, Refused
from infra.ports import RegisteredModel
from infra.spec.budgets import CenterBudget
from tests.builders import MODEL, START, desk_for, spec
from tests.contracts.building import cost, run

FILE = "model: stream\ntask: classification\ndata: {source: a.csv, target: y}\n"
MINUTES = f"{FILE}costs: {{staff_hour: 30, staff_minutes: {{approval: 10}}}}\n"
NEXT_MONTH = datetime.fromisoformat("2024-02-01T00:00:00Z")


def spending(folder: Path, when_exceeded: str, *, spent: float = 9.0, each: float = 2.0) -> Desk:
    """A desk of a model that may spend 10 EUR a month, has spent some, and whose retrainings cost 2."""
    desk = desk_for(folder, spec(budget={"monthly": 10.0, "when_exceeded": when_exceeded}))
    desk.ports.models.save(RegisteredModel(name=MODEL, spec_yaml=MINUTES, spec_folder=".", registered_at=START))
    desk.ports.costs.add([cost("a", model=MODEL, at=START, amount=spent)])
    desk.ports.runs.save(run("r", model=MODEL, state="succeeded", version=2, metrics={"cost": each}))
    return desk


def wish(**changes: object) -> Trigger:
    given: dict[str, object] = {
        "id": "t",
        "model": MODEL,
        "at": START,
        "source": "policy",
        "state": "accepted",
        "reason": "It pays.",
        "policy": "cost_aware",
        "evidence": {},
    }
    return Trigger(**{**given, **changes})  # type: ignore[arg-type]  # a test names only what it is about


@pytest.mark.parametrize(
    ("when_exceeded", "source", "state"),
    [
        ("defer", "policy", "refused"),
        ("defer", "person", "refused"),
        ("approve", "policy", "held"),
        ("approve", "person", "accepted"),  # who asks is named, and approves by asking
        ("alert", "policy", "accepted"),
    ],
)
def test_what_a_budget_does_with_a_retraining_it_has_no_room_for(
    tmp_path: Path, when_exceeded: str, source: str, state: str
) -> None:
    bound = bind(spending(tmp_path, when_exceeded), wish(source=source, actor="ana"), now=START)
    assert bound.state == state
    assert bound.evidence["budget_figure"] == 2.0
    assert bound.evidence["budget_limit"] == pytest.approx(1.0)
    assert bound.evidence.get("approved_by") == ("ana" if (when_exceeded, source) == ("approve", "person") else None)


def test_what_there_is_room_for_is_left_alone(tmp_path: Path) -> None:
    assert bind(spending(tmp_path, "defer", spent=8.0), wish(), now=START) == wish()
    assert bind(spending(tmp_path, "defer"), wish(), now=NEXT_MONTH) == wish()
    refused = wish(state="refused")
    assert bind(spending(tmp_path, "defer"), refused, now=START) == refused


def test_a_budget_that_only_alerts_opens_an_alert_before_the_money_is_gone(tmp_path: Path) -> None:
    desk = spending(tmp_path, "alert", spent=7.0, each=4.0)
    bind(desk, wish(), now=START)
    (alert,) = desk.ports.alerts.unresolved(MODEL)
    assert alert.rule == "budget"
    assert "forecast at 4 EUR" in alert.message


def test_a_held_retraining_goes_ahead_by_a_named_persons_word_which_is_charged(tmp_path: Path) -> None:
    desk = spending(tmp_path, "approve")
    desk.ports.triggers.save(bind(desk, wish(), now=START))
    assert [one.id for one in held(desk.ports)] == ["t"]
    approve_by_hand(desk.ports, "t", approved=True, actor="ana", reason="quarter end", at=START)
    (accepted,) = desk.ports.triggers.in_state(MODEL, "accepted")
    assert accepted.evidence["approved_by"] == "ana"
    assert accepted.reason.endswith("Approved by ana: quarter end.")
    (link,) = desk.ports.deeds.page(MODEL, 9)
    assert (link.deed.act, link.deed.subject, link.deed.actor) == ("approve", "t", "ana")
    (minutes,) = [entry for entry in desk.ports.costs.page(MODEL, 9) if entry.stage == "review"]
    assert (minutes.unit, minutes.quantity, minutes.amount, minutes.basis) == ("staff_minute", 10.0, 5.0, "assumed")
    with pytest.raises(Refused, match="is accepted"):
        approve_by_hand(desk.ports, "t", approved=True, actor="ben", reason="again", at=START)
    with pytest.raises(NotFound, match="no trigger 'x'"):
        approve_by_hand(desk.ports, "x", approved=True, actor="ben", reason="why", at=START)


def test_a_declined_one_is_refused_for_good(tmp_path: Path) -> None:
    desk = spending(tmp_path, "approve")
    desk.ports.triggers.save(bind(desk, wish(), now=START))
    approve_by_hand(desk.ports, "t", approved=False, actor="ana", reason="not now", at=START)
    assert [one.evidence["declined_by"] for one in desk.ports.triggers.in_state(MODEL, "refused")] == ["ana"]


def test_a_held_one_waits_is_accepted_in_a_month_with_room_and_lapses_in_one_without(tmp_path: Path) -> None:
    desk = spending(tmp_path, "approve")
    desk.ports.triggers.save(bind(desk, wish(), now=START))
    assert [one.id for one in review_held(desk, now=START + timedelta(days=13))] == ["t"]
    assert review_held(desk, now=NEXT_MONTH) == []
    assert [one.id for one in desk.ports.triggers.in_state(MODEL, "accepted")] == ["t"]
    desk.ports.triggers.save(bind(desk, wish(id="u"), now=START))
    assert review_held(desk, now=START + timedelta(days=14)) == []
    (lapsed,) = desk.ports.triggers.in_state(MODEL, "refused")
    assert (lapsed.id, "Nobody approved it within 14 days" in lapsed.reason) == ("u", True)


def test_a_cost_centre_binds_all_that_it_pays_for_in_its_currency(tmp_path: Path) -> None:
    desk = replace(spending(tmp_path, "alert", spent=1.0), budgets={"tests": CenterBudget(monthly=5.0, currency="EUR")})
    others = [("b", "EUR", "tests", 3.5), ("c", "USD", "tests", 99.0), ("d", "EUR", "else", 99.0)]
    desk.ports.costs.add(
        [cost(n, model="lathe", at=START, currency=c, cost_center=p, amount=a) for n, c, p, a in others]
    )
    desk.ports.costs.add([cost("e", model=MODEL, at=START, cost_center="tests", amount=0.5)])
    purses = purses_of(desk, START)
    assert [purse.owner for purse in purses] == [MODEL, "cost centre tests"]
    assert [purse.spent for purse in purses] == pytest.approx([1.5, 4.0])
    bound = bind(desk, wish(), now=START)
    assert (bound.state, "cost centre tests" in bound.reason) == ("refused", True)


def test_somebody_is_told_of_a_budget_that_is_nearly_spent_and_again_when_it_is(tmp_path: Path) -> None:
    desk = spending(tmp_path, "defer", spent=8.5)
    watch_budgets(desk, now=START)
    (alert,) = desk.ports.alerts.unresolved(MODEL)
    assert (alert.severity, "85% of the budget of stream for 2024-01" in alert.message) == ("warning", True)
    desk.ports.costs.add([cost("b", model=MODEL, at=START, amount=2.0)])
    watch_budgets(desk, now=START + timedelta(hours=1))
    (alert,) = desk.ports.alerts.unresolved(MODEL)
    assert alert.severity == "critical"
    watch_budgets(desk, now=NEXT_MONTH)
    assert desk.ports.alerts.unresolved(MODEL) == []


@pytest.mark.parametrize(("other", "told"), [(3.0, True), (9.0, False)])
def test_a_cost_centre_is_told_of_at_the_model_that_spent_most(tmp_path: Path, other: float, told: bool) -> None:
    budgets = {"tests": CenterBudget(monthly=5.0, currency="EUR")}
    desk = replace(desk_for(tmp_path, spec(cost_center="tests")), budgets=budgets)
    for name, amount in ((MODEL, 4.0), ("lathe", other)):
        desk.ports.models.save(RegisteredModel(name=name, spec_yaml="", spec_folder=".", registered_at=START))
        desk.ports.costs.add([cost(name, model=name, at=START, cost_center="tests", amount=amount)])
    watch_budgets(desk, now=START)
    assert bool(desk.ports.alerts.unresolved(MODEL)) == told


def test_a_cost_without_a_price_of_computing_is_unknown_and_not_free(tmp_path: Path) -> None:
    desk = desk_for(tmp_path, spec(costs={"cpu_hour": None, "wrong_decision": 1.0}))
    desk.ports.runs.save(run("r", model=MODEL, state="succeeded", version=2, metrics={"cost": 0.0}))
    assert forecast_cost(desk) is None
    assert known_cost(desk.spec, desk.ports.runs.get("r")) is None
    assert known_cost(spec(), desk.ports.runs.get("r")) == 0.0
