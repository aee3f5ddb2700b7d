from __future__ import annotations

import numpy as np

from infra.domain.predictions import Answered
from monitoring.label_noise import more_than_errors, suspects
from tests.unit.monitoring.building import answered, spec


def rows(count: int = 400, flipped: float = 0.0, seed: int = 0) -> tuple[list[Answered], set[str]]:
    """An honest model; a share of its labels was turned round, whose ids come second."""
    rng = np.random.default_rng(seed)
    found, turned = [], set()
    for seq in range(1, count + 1):
        sure = float(1.0 - 0.5 * rng.beta(0.5, 3.0))
        answer, other = ("a", "b") if rng.random() < 0.5 else ("b", "a")
        truth = answer if rng.random() < sure else other
        if rng.random() < flipped:
            truth = "a" if truth == "b" else "b"
            turned.add(f"p{seq}")
        found.append(answered(seq, answer, truth, probabilities={answer: sure, other: 1.0 - sure}))
    return found, turned


def test_flipped_labels_are_listed_the_oddest_first() -> None:
    given, turned = rows(flipped=0.1)
    found = suspects(given)
    assert found is not None
    names = {one.prediction_id for one in found}
    assert len(names & turned) >= 0.6 * len(turned)
    assert len(names & turned) >= 0.5 * len(names)
    assert [one.quality for one in found] == sorted(one.quality for one in found)
    assert found[0].label != found[0].answer
    assert found[0].probability > 0.9


def test_clean_labels_give_no_more_suspects_than_the_model_makes_errors() -> None:
    loud = []
    for seed in range(15):
        given, _ = rows(seed=seed)
        found = suspects(given)
        assert found is not None
        if more_than_errors(len(found), len(given), 0.08, spec()):
            loud.append(seed)
    assert loud == []
    assert more_than_errors(80, 400, 0.08, spec())


def test_too_little_is_known_to_suspect_anything() -> None:
    assert suspects(rows(count=40)[0]) is None, "too few labels"
    assert suspects([answered(seq, "a", "a", probabilities={"a": 0.9, "b": 0.1}) for seq in range(100)]) is None
    assert suspects([answered(seq, "a", "ab"[seq % 2]) for seq in range(100)]) is None, "no probabilities"


def test_a_rare_new_class_is_left_out_and_a_frequent_one_suspected() -> None:
    given, _ = rows()
    few, many = (
        [answered(9_000 + n, "a", "new", probabilities={"a": 0.99, "b": 0.01}) for n in range(k)] for k in (1, 12)
    )
    assert {one.label for one in suspects([*given, *few]) or ()} <= {"a", "b"}
    assert "new" in {one.label for one in suspects([*given, *many]) or ()}
