"""What every `ports.Fleet` does: all models at once, as each of them reads alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from infra.domain.labelling import Audit
from infra.domain.windows import glance_at
from infra.ports import Ports
from infra.ports.fleet import Level, Spent
from tests.contracts.building import (
    NOON,
    after,
    alert,
    candidate,
    champion,
    cost,
    decision,
    drift,
    label,
    performance,
    prediction,
    run,
    trigger,
    window,
)
from tests.contracts.test_windows import model


def lived_in(ports: Ports, name: str) -> None:
    """Six windows, the fourth only estimated and the last provisional; two runs, a champion, costs of two months."""
    ports.models.save(model(name))
    for index in range(6):
        figures = replace(performance(), value=0.9 - index / 100, kind="estimated" if index == 3 else "measured")
        measured = None if index == 5 else figures
        state = "provisional" if index == 5 else "final"
        one = window(index, model=name, performance=measured, state=state, drift=drift(), estimate=performance())
        ports.windows.save(one)
    for version in (1, 2):
        ports.runs.save(run(f"{name} {version}", model=name, version=version, at=after(version)))
    ports.versions.add(candidate(2, model=name), "{}", b"")
    told = {"model": name, "run_id": f"{name} 2"}
    ports.versions.crown(
        champion(2, model=name, decision_id=f"{name} promote"), decision(2, id=f"{name} promote", **told)
    )
    ports.decisions.add(decision(2, id=f"{name} keep", at=after(9), kind="keep", **told))
    for state in ("open", "resolved", "pending"):
        ports.alerts.save(alert(f"{name} {state}", model=name, state=state))
    spent = [cost(f"{name} {hours}", model=name, at=after(hours), amount=hours + 48.0) for hours in (-40, 1, 3)]
    ports.costs.add([*spent, replace(spent[0], id=f"{name} unpriced", amount=None, at=after(2))])


def test_every_model_has_a_line_with_what_is_known_of_it(ports: Ports) -> None:
    for name in ("steel", "grid"):
        lived_in(ports, name)
    first, second = ports.fleet.lines(30)
    assert (first.model, second.model) == (ports.models.get("grid"), ports.models.get("steel"))
    for line in (first, second):
        name = line.model.name
        assert line.champion == ports.versions.champion(name)
        assert line.newest == ports.windows.glances(name, 1)[0]
        assert line.drift == glance_at(5, drift())
        assert [level.index for level in line.levels] == [0, 1, 2, 4]
        assert line.levels[-1] == Level(index=4, value=0.9 - 4 / 100, low=0.85, high=1.0)
        assert line.labelled == (80, 100)
        assert [one.id for one in line.alerts] == [f"{name} open"]
        assert line.last_run == ports.runs.get(f"{name} 2")
        assert line.last_decision == ports.decisions.page(name, 1)[0]
        assert line.spent == Spent(start=NOON.replace(hour=0), amount=49.0 + 51.0, currency="EUR")


def test_levels_are_those_of_the_newest_windows(ports: Ports) -> None:
    lived_in(ports, "grid")
    (line,) = ports.fleet.lines(4)
    assert [level.index for level in line.levels] == [2, 4]


def test_a_model_nobody_has_asked_yet_has_an_empty_line(ports: Ports) -> None:
    ports.models.save(model("new"))
    (line,) = ports.fleet.lines(30)
    assert (line.champion, line.newest, line.drift, line.labelled) == (None, None, None, None)
    assert (line.levels, line.alerts, line.last_run, line.last_decision, line.spent) == ((), (), None, None, None)
    assert ports.fleet.marks().keys() == {"new"}


def test_spending_is_that_of_the_month_of_the_latest_that_is_known(ports: Ports) -> None:
    lived_in(ports, "grid")
    ports.windows.save(window(6, start=after(24 * 31), end=after(24 * 31 + 1)))
    (line,) = ports.fleet.lines(30)
    assert line.spent == Spent(start=NOON.replace(month=4, hour=0), amount=0.0, currency="EUR")


def test_a_mark_changes_with_what_happens_to_its_model_and_no_other(ports: Ports) -> None:
    for name in ("grid", "steel"):
        lived_in(ports, name)
    doings: dict[str, Callable[[], None]] = {
        "a window": lambda: ports.windows.save(window(6)),
        "an older window measured": lambda: ports.windows.save(window(5, state="final", performance=performance())),
        "a run": lambda: ports.runs.save(run("grid 3", at=after(20))),
        "its end": lambda: ports.runs.save(run("grid 3", at=after(20), state="failed")),
        "a trigger": lambda: ports.triggers.save(trigger("one", state="held")),
        "its approval": lambda: ports.triggers.save(trigger("one", state="accepted")),
        "an alert": lambda: ports.alerts.save(alert("grid open", state="acknowledged")),
        "a decision": lambda: ports.decisions.add(decision(2, id="another")),
    }
    for words, happen in doings.items():
        before = ports.fleet.marks()
        assert ports.fleet.marks() == before
        happen()
        now = ports.fleet.marks()
        assert now["grid"] != before["grid"], words
        assert now["steel"] == before["steel"], words


def test_marks_of_labels_differ_when_one_joined_or_rows_were_drawn(ports: Ports) -> None:
    for name in ("steel", "grid"):
        ports.models.save(model(name))
        ports.predictions.add([prediction("p", model=name), prediction("q", model=name)])
    before = ports.fleet.label_marks()
    ports.labels.add([label("p")])
    joined = ports.fleet.label_marks()
    ports.audits.add([Audit(model="grid", prediction_id="q", asked_at=NOON, random=True)])
    drawn = ports.fleet.label_marks()
    assert before.get("grid") != joined.get("grid") != drawn.get("grid")
    assert before.get("steel") == joined.get("steel") == drawn.get("steel")
