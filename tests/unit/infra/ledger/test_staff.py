from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from infra.domain.costs import CostEntry
from infra.domain.handover import acknowledged, assigned, resolved
from infra.ledger.staff import charge_approval, charge_review
from infra.memory import memory_ports
from infra.ports import Ports, RegisteredModel
from tests.contracts.building import NOON, alert

FILE = "model: grid\ntask: classification\ndata: {source: a.csv, target: y}\n"


def ports_of(folder: Path, costs: str = "{}", text: str = FILE) -> Ports:
    ports = memory_ports(folder)
    yaml = f"{text}costs: {costs}\n"
    ports.models.save(RegisteredModel(name="grid", spec_yaml=yaml, spec_folder=".", registered_at=NOON))
    return ports


def reviewed(ports: Ports, *, minutes: int = 30) -> list[CostEntry]:
    """An alert is given to somebody, acknowledged, and resolved some minutes later."""
    later = NOON + timedelta(minutes=minutes)
    given = assigned(alert("a"), owner="ben", note="ana", at=NOON)
    seen = acknowledged(given, note="ben", at=NOON)
    done = resolved(seen, note="ben", at=later)
    charge_review(ports, "acknowledge", seen, at=NOON)
    charge_review(ports, "resolve", done, at=later)
    return ports.costs.page("grid", 9)


@pytest.mark.parametrize(
    ("costs", "unit", "quantity", "amount", "basis"),
    [
        ("{staff_hour: 60}", "act", 1.0, None, "measured"),  # counted, and nobody knows its minutes
        ("{staff_hour: 60, staff_minutes: {review: 5}}", "staff_minute", 5.0, 5.0, "assumed"),
        ("{staff_hour: 60, staff_minutes: {review: measured}}", "staff_minute", 30.0, 30.0, "measured"),
        ("{staff_hour: null, staff_minutes: {review: 5}}", "staff_minute", 5.0, None, "assumed"),
    ],
)
def test_an_alert_is_reviewed_once(
    tmp_path: Path, costs: str, unit: str, quantity: float, amount: float | None, basis: str
) -> None:
    (entry,) = reviewed(ports_of(tmp_path, costs))
    assert (entry.stage, entry.unit, entry.quantity, entry.amount, entry.basis) == (
        "review",
        unit,
        quantity,
        amount,
        basis,
    )


def test_a_decision_by_hand_is_charged_once(tmp_path: Path) -> None:
    ports = ports_of(tmp_path, "{staff_hour: 30, staff_minutes: {approval: 20}}")
    for _ in range(2):
        charge_approval(ports, "grid", "decision 7", at=NOON)
    assert [entry.amount for entry in ports.costs.page("grid", 9)] == [10.0]


def test_a_model_file_that_is_not_accepted_keeps_nobody_from_acting(tmp_path: Path) -> None:
    assert reviewed(ports_of(tmp_path, text="model: grid\ntask: divination\n")) == []
