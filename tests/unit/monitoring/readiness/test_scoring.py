from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infra.domain.decisions import Reason
from infra.domain.deeds import BEGINNING, Broken, Verified, personal
from infra.spec import ModelSpec
from monitoring.readiness import data, infrastructure, model, watching
from monitoring.readiness.facts import Facts
from monitoring.readiness.scoring import Shown, score
from tests.contracts.building import NOON, champion, decision, drift, notice, performance, run, window

SECTIONS: dict[Any, Any] = {
    "data": data.CHECKS,
    "model": model.CHECKS,
    "infrastructure": infrastructure.CHECKS,
    "monitoring": watching.CHECKS,
}
SPEC = ModelSpec.model_validate({"model": "grid", "task": "classification", "data": {"source": "a.csv", "target": "t"}})
BARE = Facts(
    spec=SPEC,
    spec_sha256="ab",
    champion=None,
    decision=None,
    run=None,
    columns=(),
    schemas=0,
    windows=(),
    decisions=(),
    runs=(),
    notices=(),
    deeds=(),
    verified=Verified(model="grid", links=0, head=BEGINNING, broken=None),
    keys=0,
    looked_after=False,
    beside={},
    explained=None,
)


def reasoned(rule: str, *, passed: bool = True, figure: float | None = 0.1) -> dict[str, Any]:
    given = Reason(rule=rule, passed=passed, figure=figure, limit=None, text="as it says.")
    return {"decision": decision(1, reasons=(given,))}


def deed(act: str, **content: Any) -> dict[str, Any]:
    return {"deeds": [personal(act, "model", "run 1", model="grid", actor="ada", at=NOON, content=content)]}


def with_data(**data_section: Any) -> dict[str, Any]:
    return {"spec": SPEC.model_copy(update={"data": SPEC.data.model_copy(update=data_section)})}


MEASURED: dict[str, Any] = {"champion": champion(1), "windows": [window(1, performance=performance(), drift=drift())]}
CASES: list[tuple[Callable[[Facts], Shown], dict[str, Any], float]] = [
    (data.schema, {"columns": ("x",)}, 1.0),
    (data.beneficial, MEASURED, 1.0),
    (data.allowed, with_data(features={"x": "numeric"}), 1.0),
    (data.private, {"keys": 1}, 0.5),
    (data.extended, {"schemas": 2}, 0.5),
    (data.tested, reasoned("serves"), 0.5),
    (data.tested, reasoned("serves", passed=False), 0.0),
    (model.reviewed, deed("apply", sha256="ab"), 0.5),
    (model.reviewed, deed("apply", sha256="another"), 0.0),
    (model.correlated, MEASURED, 1.0),
    (model.correlated, MEASURED | {"champion": champion(1, accepted=0.2)}, 0.0),
    (model.stale, {"runs": [run("r", metrics={"champion_accuracy": 0.9})]}, 1.0),
    (model.stale, {"runs": [run("r", metrics={"accuracy": 0.9})]}, 0.0),
    (model.simpler, reasoned("baseline", figure=0.2), 1.0),
    (model.simpler, reasoned("baseline", figure=-0.2), 0.0),
    (model.sliced, MEASURED, 1.0),
    (model.inclusive, reasoned("slice") | with_data(slices=["x"]), 0.5),
    (infrastructure.reproducible, deed("reproduce", same=True) | {"run": run("run 1")}, 1.0),
    (infrastructure.reproducible, deed("reproduce", same=True) | {"run": run("run 2")}, 0.5),
    (infrastructure.reproducible, deed("reproduce", same=False) | {"run": run("run 1")}, 0.0),
    (infrastructure.integrated, {"runs": [run("r", state="succeeded", version=2)]}, 1.0),
    (infrastructure.integrated, {"runs": [run("r", state="succeeded", version=1, start="scratch")]}, 0.5),
    (infrastructure.integrated, {"runs": [run("r", state="failed")]}, 0.0),
    (infrastructure.validated, {"decision": decision(1)}, 1.0),
    (infrastructure.validated, {"decision": decision(1, actor="ada")}, 0.0),
    (
        infrastructure.validated,
        {"decision": decision(1), "verified": replace(BARE.verified, broken=Broken(place=1, found="a", expected="b"))},
        0.0,
    ),
    (infrastructure.debuggable, {"explained": "p1"}, 1.0),
    (infrastructure.canaried, {"decisions": [decision(1, kind="keep")]}, 1.0),
    (infrastructure.canaried, {"beside": {"challenger": 3}}, 1.0),
    (infrastructure.canaried, {"beside": {"challenger": 0, "simple": 3}}, 0.5),
    (infrastructure.returnable, {"decisions": [decision(1, kind="rollback")]}, 1.0),
    (infrastructure.returnable, {"decisions": [decision(1, kind="rollback", actor="ada")]}, 0.5),
    (watching.notified, {"notices": [notice("n", state="sent")]}, 1.0),
    (watching.notified, {"notices": [notice("n", state="failed")]}, 0.0),
    (watching.invariant, MEASURED, 1.0),
    (watching.unskewed, MEASURED, 1.0),
    (watching.fresh, {"looked_after": True}, 1.0),
    (watching.stable, {"run": run("r", metrics={"loss": 0.1})}, 1.0),
    (watching.quick, reasoned("answer_time"), 1.0),
    (watching.quick, reasoned("answer_time", passed=False), 0.0),
    (watching.right, MEASURED, 1.0),
]


@pytest.mark.parametrize(("check", "found", "points"), CASES, ids=[f"{row[0].__name__}-{row[2]}" for row in CASES])
def test_a_test_gets_what_its_evidence_is_worth(
    check: Callable[[Facts], Shown], found: dict[str, Any], points: float
) -> None:
    shown = check(replace(BARE, **found))
    assert shown.points == points
    assert shown.evidence


def test_nothing_scores_without_evidence_but_the_file_that_was_just_read() -> None:
    report = score(BARE, SECTIONS)
    assert [one.test for one in report.items if one.points] == ["model specifications are unit tested"]
    assert all(one.evidence for one in report.items)
    assert (report.score, report.meaning) == (0.0, "more of a research project than a productionised system")


def test_the_score_is_the_lowest_section_of_four_with_seven_tests_each() -> None:
    report = score(replace(BARE, columns=("x",), keys=1, **MEASURED), SECTIONS)
    assert {name: sum(one.section == name for one in report.items) for name in report.sections} == dict.fromkeys(
        SECTIONS, 7
    )
    assert report.score == min(report.sections.values()) == report.sections["infrastructure"]
    assert report.sections["data"] > report.score


def test_a_command_names_the_model() -> None:
    looks = [one.look for one in score(BARE, SECTIONS).items if "keepsharp monitor" in one.look]
    assert set(looks) == {"keepsharp monitor grid"}


def test_a_version_that_was_brought_back_keeps_what_its_verdict_showed() -> None:
    judged = reasoned("baseline", figure=0.2)["decision"]
    back = replace(judged, id="back", kind="rollback", reasons=(), actor="ada")
    other = replace(judged, version=judged.version + 1)
    assert model.simpler(replace(BARE, decision=back, decisions=(back, judged))).points == 1.0
    assert model.simpler(replace(BARE, decision=back, decisions=(back, other))).points == 0.0


def test_slices_that_are_named_are_not_asked_for_again() -> None:
    facts = replace(BARE, **with_data(slices=["machine"]))
    for check in (model.sliced, model.inclusive):
        assert "(machine)" in check(facts).evidence
        assert "name " not in check(facts).evidence
        assert "`data.slices`" in check(BARE).evidence
