from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from flows.desk import Desk
from flows.dossier.evidence import Evidence
from flows.ledger.spending import gather_spending, with_spending
from infra.domain.decisions import TrainingRun
from infra.domain.errors import Unavailable
from tests.builders import MODEL, START, desk_for, spec
from tests.contracts.building import cost, decision, run, trigger

DAY = timedelta(days=1)


def trained(folder: Path, retrains: int, **sections: Any) -> tuple[Desk, TrainingRun]:
    """A model that was trained, and retrained every second day at 2 EUR each; the first retraining was promoted."""
    desk = desk_for(folder, spec(**sections))
    for number in range(retrains + 1):
        at, name = START + 2 * number * DAY, f"r{number}"
        desk.ports.triggers.save(
            trigger(f"t{number}", model=MODEL, at=at, source="policy" if number else "first", state="done")
        )
        one = run(name, model=MODEL, at=at, trigger_id=f"t{number}", state="succeeded", version=number + 1)
        one = replace(one, metrics={"cost": 2.0})
        desk.ports.runs.save(one)
        kind = "promote" if number < 2 else "reject"
        desk.ports.decisions.add(decision(number + 1, model=MODEL, at=at, kind=kind, run_id=name))
        desk.ports.costs.add([cost(f"c{number}", model=MODEL, at=at, amount=2.0, currency="EUR", run_id=name)])
        desk.ports.costs.add([cost(f"m{number}", model=MODEL, at=at, amount=1.0, currency="EUR", stage="monitor")])
    return desk, one


def told(desk: Desk, last: TrainingRun) -> str:
    section = with_spending(desk, last, Evidence()).spending
    assert section is not None
    return " ".join(section.sentences)


def test_a_first_training_is_said_to_be_the_first(tmp_path: Path) -> None:
    said = told(*trained(tmp_path, 0))
    assert said.startswith("It is the first training of stream.")
    assert "forecast takes a week of costs" in said
    assert "No budget binds it" in said


def test_history_forecast_and_budget_are_told(tmp_path: Path) -> None:
    desk, last = trained(tmp_path, 4, budget={"monthly": 50.0})
    desk.ports.triggers.save(trigger("t9", model=MODEL, at=START + DAY, state="refused"))
    said = told(desk, last)
    assert (
        "Since its first training on 1 Jan 2024 stream was retrained 4 times in 8.0 days, about every 2.0 days: "
        "1 promoted, 3 rejected; 1 wish to retrain was refused." in said
    )
    assert "Its trainings cost 10.00 EUR so far, and with watching, serving, labels and people 15.00 EUR" in said
    assert "The next retraining is expected to cost 2.00 EUR; this month is forecast at 51.67 EUR" in said
    assert "Of the 50.00 EUR that January 2024 holds for stream, 35.00 EUR are left." in said


def test_what_came_after_the_run_is_no_part_of_its_account(tmp_path: Path) -> None:
    desk, last = trained(tmp_path, 4)
    earlier = gather_spending(desk, replace(last, at=START + 2 * DAY))
    assert [one.version for one in earlier.runs] == [2, 1]
    assert sum(one.amount for one in earlier.by_month) == pytest.approx(6.0)


class Away:
    """A database that does not answer."""

    def page(self, *_: object) -> list[object]:
        raise Unavailable("the database is away")


def test_an_account_that_cannot_be_gathered_says_why(tmp_path: Path) -> None:
    desk, last = trained(tmp_path, 1)
    away = replace(desk, ports=replace(desk.ports, triggers=cast(Any, Away())))
    evidence = with_spending(away, last, Evidence())
    assert evidence.spending is None
    assert evidence.unmeasured["spending"] == "Unavailable: the database is away"
