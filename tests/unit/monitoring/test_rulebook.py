from __future__ import annotations

from pathlib import Path
from typing import get_args

from infra.spec.watching import RuleName
from monitoring.rulebook import RULES, RUNBOOKS, rule_in_force, rules_in_force
from tests.unit.monitoring.building import spec

ROOT = Path(__file__).parents[3]


def test_the_table_has_every_rule_that_a_model_file_may_name_and_no_other() -> None:
    assert set(RULES) == set(get_args(RuleName))


def test_every_rule_has_its_section_in_the_runbooks() -> None:
    sections = {line.removeprefix("## ") for line in (ROOT / RUNBOOKS).read_text().splitlines() if line[:3] == "## "}
    assert set(RULES) <= sections


def test_the_model_file_changes_what_it_names_and_leaves_the_rest() -> None:
    said = spec(
        alerts={"rules": {"estimate_degraded": {"runbook": "https://wiki/e"}, "input_drift": {"enabled": False}}}
    )
    found = rules_in_force(said)
    assert found.keys() == {str(name) for name in RULES}
    assert (found["estimate_degraded"].open_after, found["estimate_degraded"].runbook) == (2, "https://wiki/e")
    assert not found["input_drift"].enabled
    assert found["no_traffic"].severity == "critical"
    assert not found["no_traffic"].severity_is_set


def test_a_rule_beside_the_table_is_no_matter_of_model_files() -> None:
    assert rule_in_force("reload_failed", spec()) is None
