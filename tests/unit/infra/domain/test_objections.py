from __future__ import annotations

import pytest

from infra.domain.decisions import DecisionKind, PromotionDecision, Reason
from infra.domain.errors import Refused
from infra.domain.objections import objections, require_force
from tests.builders import START

GOOD = Reason(rule="better", passed=True, figure=0.001, limit=0.01, text="Better.")
BAD = Reason(rule="golden", passed=False, figure=0.01, limit=0.05, text="Worse on the trusted set.")
WAITS = Reason(rule="approval", passed=False, figure=None, limit=None, text="A person has to approve it.")


def decision(kind: DecisionKind, version: int, *reasons: Reason, previous: int | None = 1) -> PromotionDecision:
    return PromotionDecision(
        id="d", model="m", at=START, kind=kind, version=version, previous_version=previous, reasons=reasons
    )


CASES = [
    ("nobody judged it", [], ()),
    ("it was rejected", [decision("reject", 2, GOOD, BAD)], (BAD,)),
    ("it waits for a person, and nothing else", [decision("reject", 2, GOOD, WAITS)], ()),
    ("it waits for a person, and a rule failed", [decision("reject", 2, BAD, WAITS)], (BAD,)),
    ("it served", [decision("promote", 3, GOOD), decision("promote", 2, GOOD)], ()),
    ("it was taken back", [decision("rollback", 1, BAD, previous=2), decision("promote", 2, GOOD)], (BAD,)),
    ("a person took it back", [decision("rollback", 1, GOOD, previous=2), decision("promote", 2, GOOD)], (GOOD,)),
    ("it came back when another was taken back", [decision("rollback", 2, BAD, previous=3)], ()),
    ("it was challenging, and nothing speaks against it", [decision("challenge", 2, GOOD)], ()),
    ("it was dropped as a challenger", [decision("dismiss", 2, BAD, previous=None)], (BAD,)),
    ("a challenger of a failed verdict", [decision("challenge", 2, GOOD), decision("reject", 2, BAD)], (BAD,)),
    ("another was rejected", [decision("reject", 3, BAD)], ()),
]


@pytest.mark.parametrize(("newest_first", "against"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_newest_word_about_a_version_counts(
    newest_first: list[PromotionDecision], against: tuple[Reason, ...]
) -> None:
    assert objections(newest_first, 2) == against


def test_without_force_it_is_refused_with_every_reason_and_with_force_it_is_written_down() -> None:
    with pytest.raises(Refused, match=r"2 rules did not hold: Worse on the trusted set\. Better\..*--force"):
        require_force("m", 2, (BAD, GOOD), force=False)
    (forced,) = require_force("m", 2, (BAD,), force=True)
    assert (forced.rule, forced.passed, forced.figure) == ("forced", False, 1.0)
    assert "golden" in forced.text
    assert require_force("m", 2, (), force=True) == (), "nothing has to be forced where nothing speaks against it"
