"""The rules beside "better": the trusted set, confidence, corrections, time, size, and the code that serves."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from flows.promotion import Answered, Comparison, Golden, Load, Losses, bootstrap_p_value, decide_promotion
from infra.domain.corrections import CorrectionTests
from infra.spec import Promotion

ROWS = 400
RULES = Promotion()


def wrong(first: int, last: int, rows: int = ROWS) -> Losses:
    losses = np.zeros(rows)
    losses[first:last] = 1.0
    return losses


BETTER = Comparison(
    task="classification",
    candidate=wrong(0, 20),
    champion=wrong(0, 80),
    baseline=np.ones(ROWS),
    sure=np.zeros(ROWS, dtype=np.bool_),
    slices={},
)


def standing(total: int, lost: int, regained: int) -> CorrectionTests:
    return CorrectionTests(total=total, kept=total - lost, forgotten=lost, rebroken=0, lost=lost, regained=regained)


def golden(candidate: Losses, champion: Losses | None) -> Golden:
    return Golden(name="golden.csv", sha256="ab", candidate=candidate, champion=champion)


def load(seconds: float = 0.002, champion: float | None = 0.002, size: int = 10_000, problem: str = "") -> Load:
    before = None if champion is None else Answered(seconds=champion, size_bytes=size)
    return Load(problem=problem, candidate=Answered(seconds=seconds, size_bytes=size), champion=before)


TOO_SURE: dict[str, object] = {
    "candidate": wrong(0, 28),
    "candidate_confidence": np.full(ROWS, 0.99),
    "champion_confidence": np.full(ROWS, 0.8),
}
"""Right on 93 % and sure of 99 %, where the champion is right on 80 % and says so."""

CASES: list[tuple[str, dict[str, object], set[str]]] = [
    ("as good on the trusted set", {"golden": golden(wrong(0, 20), wrong(0, 20))}, set()),
    ("worse on the trusted set", {"golden": golden(wrong(0, 40), wrong(0, 20))}, {"golden"}),
    ("worse on a trusted set too small to speak", {"golden": golden(np.ones(20), np.zeros(20))}, set()),
    ("corrections kept", {"corrections": standing(100, 5, 0)}, set()),
    ("some corrections forgotten, as chance has it", {"corrections": standing(100, 9, 1)}, set()),
    ("corrections forgotten", {"corrections": standing(100, 15, 1)}, {"corrections"}),
    ("as many regained as forgotten", {"corrections": standing(100, 9, 9)}, set()),
    ("no corrections yet", {"corrections": standing(0, 0, 0)}, set()),
    ("serves", {"load": load()}, set()),
    (
        "does not load",
        {"load": Load(problem="its example is answered otherwise", candidate=None, champion=None)},
        {"serves"},
    ),
    ("too slow for anybody", {"load": load(0.2, None)}, {"answer_time"}),
    ("slower than the champion by more than is allowed", {"load": load(0.008)}, {"answer_time"}),
    ("many times slower than the champion, and not felt", {"load": load(0.0009, 0.0001)}, set()),
    ("too big", {"load": load(size=501_000_000)}, {"bundle_size"}),
    (
        "sure and wrong",
        {
            "candidate_confidence": np.full(ROWS, 0.999),
            "champion_confidence": np.full(ROWS, 0.8),
            "candidate": wrong(0, 44),
        },
        {"calibration"},
    ),
    ("too sure, and telling more than the champion all the same", TOO_SURE, set()),
    (
        "too sure, and telling more about labels that may be wrong",
        {**TOO_SURE, "doubt": "20 labels look wrong."},
        {"calibration"},
    ),
    (
        "as sure as the champion and right more often",
        {"candidate_confidence": np.full(ROWS, 0.95), "champion_confidence": np.full(ROWS, 0.95)},
        set(),
    ),
]


@pytest.mark.parametrize(("changes", "failed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_rule_can_stop_a_better_candidate(changes: dict[str, object], failed: set[str]) -> None:
    verdict = decide_promotion(replace(BETTER, **changes), RULES)  # type: ignore[arg-type]  # a case names some fields
    assert set(verdict.failed) == failed
    assert verdict.promote == (not failed)


def test_all_that_is_wrong_is_said_at_once() -> None:
    everything = replace(
        BETTER,
        candidate=wrong(0, 90),
        golden=golden(wrong(0, 60), wrong(0, 20)),
        corrections=standing(50, 20, 0),
        load=load(0.2, size=600_000_000),
    )
    verdict = decide_promotion(everything, Promotion(approval="manual"))
    assert set(verdict.failed) == {"better", "golden", "corrections", "answer_time", "bundle_size", "approval"}
    assert not verdict.awaits_approval
    assert all(reason.text.endswith(".") for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("approval", "doubt", "waits"),
    [
        ("auto", "20 labels look wrong.", False),
        ("in_doubt", "", False),
        ("in_doubt", "20 labels look wrong.", True),
        ("manual", "", True),
    ],
)
def test_a_person_is_asked_always_or_while_labels_are_in_doubt(
    approval: Literal["auto", "in_doubt", "manual"], doubt: str, waits: bool
) -> None:
    verdict = decide_promotion(replace(BETTER, doubt=doubt), Promotion(approval=approval))
    assert (verdict.awaits_approval, verdict.promote) == (waits, not waits)
    said = " ".join(reason.text for reason in verdict.reasons if reason.rule == "approval")
    assert ("no trusted set speaks for it (20 labels look wrong)" in said) == (waits and bool(doubt))


def test_a_first_champion_has_to_serve_too() -> None:
    first = replace(BETTER, champion=None, load=load(problem="no example"), golden=golden(wrong(0, 20), None))
    verdict = decide_promotion(first, RULES)
    assert verdict.failed == ("serves",)
    assert not verdict.promote


def test_the_bootstrap_agrees_with_student_on_plain_errors_and_is_less_sure_of_skewed_ones() -> None:
    rng = np.random.default_rng(3)
    plain = rng.normal(0.15, 1.0, 300)
    student = float(stats.ttest_1samp(plain, 0.0, alternative="greater").pvalue)
    assert bootstrap_p_value(plain) == pytest.approx(student, abs=0.001)
    skewed = np.where(np.arange(60) < 3, -1.0, 0.11) + rng.normal(0.0, 0.01, 60)
    student = float(stats.ttest_1samp(skewed, 0.0, alternative="greater").pvalue)
    assert student < bootstrap_p_value(skewed), "rare great errors make Student's test too sure"


def test_numbers_that_are_no_better_are_promoted_no_more_often_than_allowed() -> None:
    rng = np.random.default_rng(4)
    promoted = 0
    for _ in range(60):
        champion = np.abs(rng.normal(size=200))
        candidate = np.abs(rng.normal(size=200))
        comparison = replace(
            BETTER,
            task="regression",
            candidate=candidate,
            champion=champion,
            baseline=champion,
            sure=np.zeros(200, bool),
        )
        promoted += decide_promotion(comparison, RULES).promote
    assert promoted <= 3
