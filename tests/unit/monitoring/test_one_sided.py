from __future__ import annotations

import numpy as np

from infra.domain.predictions import Answered
from monitoring.one_sided import bias_of
from tests.unit.monitoring.building import answered, spec


def rows(told_if: str, seed: int = 0, count: int = 600) -> list[Answered]:
    rng = np.random.default_rng(seed)
    found = []
    for seq in range(1, count + 1):
        sure = float(rng.uniform(0.5, 1.0))
        answer = "reject" if rng.random() < 0.2 else "accept"
        told = {
            "rejected": answer == "reject" or rng.random() < 0.05,
            "unsure": sure < 0.7,
            "early": seq < count // 4,
            "by chance": rng.random() < 0.3,
            "all but a few": rng.random() < 0.97,
        }[told_if]
        other = "accept" if answer == "reject" else "reject"
        probabilities = {answer: sure, other: 1.0 - sure}
        found.append(answered(seq, answer, answer if told else None, probabilities=probabilities))
    return found


def test_only_rejected_parts_get_labels() -> None:
    assert "mostly for answers of `reject`" in bias_of(rows("rejected"), {}, spec())


def test_only_unsure_answers_get_labels() -> None:
    assert "less confident answers" in bias_of(rows("unsure"), {}, spec())


def test_only_a_part_of_the_time_gets_labels() -> None:
    assert "a part of the time" in bias_of(rows("early"), {}, spec())


def test_labels_by_chance_are_not_one_sided() -> None:
    assert [seed for seed in range(40) if bias_of(rows("by chance", seed), {}, spec())] == []


def test_where_nearly_all_rows_have_labels_the_rest_cannot_matter() -> None:
    assert bias_of(rows("all but a few"), {}, spec()) == ""


def test_too_few_labels_say_nothing() -> None:
    assert bias_of(rows("rejected", count=40), {}, spec()) == ""
