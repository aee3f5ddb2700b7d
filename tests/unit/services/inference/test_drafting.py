"""One version's fault is no other's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from infra.domain.errors import RowError
from services.inference.answering import Row
from services.inference.drafting import Asked, Forward, draft, read_part
from services.inference.predictor import Serving
from tests.unit.services.inference.building import GOOD, MODEL, NOW, bundle


class Broken(nn.Module):
    def forward(self, block: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no such operator")


class Overflowing(nn.Module):
    def forward(self, block: torch.Tensor) -> torch.Tensor:
        answers = torch.zeros(len(block), 2)
        answers[0] = torch.nan
        return answers


def serving(version: int, network: nn.Module | None = None) -> Serving:
    made = bundle(seed=version)
    if network is not None:
        made = replace(made, network=network)
    return Serving(model=MODEL, version=version, sha256=str(version), bundle=made)


def rows(*ids: str) -> list[Row]:
    return [Row(place, name, NOW, GOOD) for place, name in enumerate(ids)]


def test_the_champion_answers_the_rows_of_a_challenger_that_fails() -> None:
    champion, challenger = serving(1), serving(2, Broken())
    asked = Asked(
        parts=[
            read_part(champion, rows("a", "b"), []),
            read_part(challenger, [Row(2, "c", NOW, GOOD)], [], fallback=champion),
        ],
        errors=[],
    )
    Forward().answer([asked])
    drafted = draft(asked)
    assert [(one.id, one.version) for one in drafted] == [("a", 1), ("b", 1), ("c", 1)]
    assert drafted[0].probabilities == drafted[2].probabilities
    assert list(asked.places) == [0, 1, 2]


def test_a_version_that_fails_fails_its_own_questions_only() -> None:
    sound = Asked(parts=[read_part(serving(1), rows("a"), [])], errors=[])
    broken = Asked(parts=[read_part(serving(2, Broken()), rows("b"), [])], errors=[])
    Forward().answer([sound, broken])
    assert [one.id for one in draft(sound)] == ["a"]
    with pytest.raises(RuntimeError, match="no such operator"):
        draft(broken)


def test_questions_that_share_a_forward_get_their_own_answers() -> None:
    one = serving(1)
    first = [Row(0, "a", NOW, {**GOOD, "speed": -2.0}), Row(1, "b", NOW, {**GOOD, "speed": 4.0})]
    second = [Row(0, "c", NOW, {**GOOD, "speed": 9.0})]
    together = [Asked(parts=[read_part(one, some, [])], errors=[]) for some in (first, second)]
    Forward().answer(together)
    for row in [*first, *second]:
        alone = Asked(parts=[read_part(one, [row], [])], errors=[])
        Forward().answer([alone])
        (drafted,) = draft(alone)
        (found,) = [each for asked in together for each in draft(asked) if each.id == row.id]
        assert drafted.probabilities is not None
        assert found.probabilities is not None
        assert np.allclose(list(drafted.probabilities.values()), list(found.probabilities.values()), atol=1e-6)


def test_a_row_without_a_finite_answer_is_an_error_and_the_others_are_answered() -> None:
    asked = Asked(parts=[read_part(serving(1, Overflowing()), rows("a", "b"), [])], errors=[])
    Forward().answer([asked])
    assert [one.id for one in draft(asked)] == ["b"]
    assert [(error.row, type(error)) for error in asked.errors] == [(0, RowError)]


@pytest.mark.parametrize(("below", "abstained"), [(None, False), (0.0, False), (1.0, True)])
def test_an_answer_less_sure_than_wanted_abstains(below: float | None, abstained: bool) -> None:
    asked = Asked(parts=[read_part(serving(1), rows("a"), [])], errors=[], abstain_below=below)
    Forward().answer([asked])
    assert [one.abstained for one in draft(asked)] == [abstained]
