"""Whose a promotion is: the gate's, and so its run's, or a person's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from flows.trial.crediting import credited, undecided
from infra.domain.decisions import PromotionDecision, Reason
from tests.builders import MODEL, START


def said(kind: str, version: int = 2, *failed: str, actor: str = "keepsharp") -> PromotionDecision:
    reasons = tuple(Reason(rule=rule, passed=False, figure=None, limit=None, text=rule) for rule in failed)
    return PromotionDecision(
        id=f"{kind}-{version}-{actor}",
        model=MODEL,
        at=START,
        kind=kind,  # type: ignore[arg-type]  # a test names it
        version=version,
        previous_version=1,
        reasons=reasons,
        actor=actor,
        run_id=f"run-{version}",
    )


BY_HAND = said("promote", actor="ana")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([said("promote")], ["promote-2-keepsharp"], id="the gate"),
        pytest.param([said("reject", 2, "approval"), BY_HAND], ["promote-2-ana"], id="the gate and an approval"),
        pytest.param([said("reject", 2, "better"), BY_HAND], [], id="forced past the gate"),
        pytest.param([said("reject", 2, "approval", "better"), BY_HAND], [], id="approval was not all it lacked"),
        pytest.param([said("challenge", 2, "shadow"), BY_HAND], [], id="before its trial had ended"),
        pytest.param([said("promote"), BY_HAND], ["promote-2-keepsharp"], id="an old one again"),
        pytest.param([BY_HAND], [], id="never judged"),
        pytest.param([said("reject", 3, "approval"), BY_HAND], [], id="another one awaited approval"),
        pytest.param([replace(said("promote"), run_id=None)], [], id="no run made it"),
    ],
)
def test_a_run_is_credited_with_what_the_gate_chose(history: Sequence[PromotionDecision], expected: list[str]) -> None:
    assert [one.id for one in credited(history[::-1])] == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param([said("challenge", 2, "shadow")], {"run-2"}, id="on trial"),
        pytest.param([said("reject", 2, "approval")], {"run-2"}, id="awaits approval"),
        pytest.param([said("reject", 2, "better")], set(), id="rejected"),
        pytest.param([said("challenge", 2, "shadow"), said("dismiss")], set(), id="dropped"),
        pytest.param([said("challenge", 2, "shadow"), said("promote")], set(), id="promoted"),
        pytest.param([said("reject", 2, "better"), said("challenge", actor="ana")], set(), id="a person's challenger"),
    ],
)
def test_a_candidate_that_waits_is_not_decided_about(history: Sequence[PromotionDecision], expected: set[str]) -> None:
    assert undecided(history[::-1]) == expected
