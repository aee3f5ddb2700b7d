"""Policies together: any, all, at least so many; each is asked, and the record shows them all."""

from __future__ import annotations

import pytest

from infra.domain.errors import SpecError
from infra.spec.reading import parse_spec
from monitoring.policies import policy_for
from tests.unit.monitoring.building import drifted, report, situation, spec, window

HEAD = "model: m\ntask: classification\ndata: {source: f.csv, target: t}\n"
MOVED = situation(windows=(window(drift=drifted([True] * 5), performance=report(0.9)),), arrivals_since=10)


@pytest.mark.parametrize(
    ("policy", "retrain", "why"),
    [
        ({"any": ["drift", "every"]}, True, "drift alone is enough"),
        ({"all": ["drift", "every"]}, False, "two windows have not passed"),
        ({"at_least": 1, "of": ["never", "drift", "every"]}, True, "one of three"),
        ({"at_least": 2, "of": ["never", "drift", "every"]}, False, "one is not two"),
    ],
)
def test_votes_are_counted(policy: dict[str, object], retrain: bool, why: str) -> None:
    verdict = policy_for(spec(retraining={"policy": policy})).decide(MOVED)
    assert verdict.retrain is retrain, why
    assert "drift: yes" in verdict.reason
    assert verdict.evidence["drift.drifted_share"] == 1.0


def test_it_looks_at_what_its_members_look_at() -> None:
    combined = policy_for(spec(retraining={"policy": {"any": ["drift", "cost_aware"]}}))
    assert combined.name == "any of drift, cost_aware"
    assert combined.needs == ("drift",)  # type: ignore[attr-defined]  # what a policy may say beside the protocol


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{any: [drift], all: [every]}", "combines policies by one of"),
        ("{at_least: 2}", "combines policies by one of"),
        ("{at_least: 3, of: [drift, every]}", "nothing would ever retrain"),
        ("{any: [drift, hourly]}", r"policy.any\[1\]: must be `cost_aware`.*got `hourly`"),
        ("{any: [drift, {all: [every]}]}", r"policy.any\[1\]: must be `cost_aware`.*got a section"),
        ("{any: drift}", r"policy.any: must be a list.*`package.module:name`; got `drift`"),
        ("{any: []}", "policy.any: is empty: write a list"),
        ("[drift]", r"policy: must be .*`{any: \[a, b\]}`.*got a list"),
        ("{some: [drift]}", "policy.some: is not a key. Accepted here: `any`, `all`, `at_least`, `of`"),
    ],
)
def test_a_wrong_combination_is_told_with_what_is_accepted(text: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        parse_spec(f"{HEAD}retraining: {{policy: {text}}}", "m")


def test_a_period_may_be_given_where_every_is_a_member() -> None:
    parse_spec(f"{HEAD}retraining: {{policy: {{any: [every, drift]}}, every: 500 rows}}", "m")
    with pytest.raises(SpecError, match="only used by"):
        parse_spec(f"{HEAD}retraining: {{policy: {{any: [drift]}}, every: 500 rows}}", "m")
