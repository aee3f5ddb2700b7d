from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import SpecError
from infra.spec.budgets import read_budgets


def test_reads_the_budgets_of_cost_centres(tmp_path: Path) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(
        "cost_centers:\n  trading: {monthly: 200, currency: EUR, when_exceeded: approve}\n  lab: {monthly: 5}\n"
    )
    found = read_budgets(path)
    assert (found["trading"].monthly, found["trading"].currency, found["trading"].when_exceeded) == (
        200,
        "EUR",
        "approve",
    )
    assert (found["lab"].currency, found["lab"].when_exceeded) == ("USD", "defer")
    assert read_budgets(None) == {}


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("cost_centers: {lab: {}}", "cost_centers.lab.monthly", "is required"),
        ("cost_centers: {lab: {monthly: -1}}", "cost_centers.lab.monthly", "at least 0"),
        ("cost_centers: {lab: {monthly: 1, when: defer}}", "cost_centers.lab.when", "is not a key"),
        ("cost_centres: {}", "cost_centres", "is not a key"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, text: str, where: str, words: str) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(text + "\n")
    with pytest.raises(SpecError) as caught:
        read_budgets(path)
    mistake = next(one for one in caught.value.mistakes if one.where == where)
    assert words in mistake.problem
    assert mistake.line == 1


def test_a_file_that_is_not_there_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="KEEPSHARP_BUDGETS"):
        read_budgets(tmp_path / "none.yaml")
