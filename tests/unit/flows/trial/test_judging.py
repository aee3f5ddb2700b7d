from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flows.promotion import losses
from flows.trial.judging import SURE, answers_of, compare
from tests.builders import Loop, examples, spec, started, stream


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    folder: Path = tmp_path_factory.mktemp("judging")
    return started(folder, stream(300), 300)[0]


def test_losses_count_classes_and_measure_numbers() -> None:
    assert losses("classification", ["a", "b"], ["b", "b"]).tolist() == [1.0, 0.0]
    assert losses("regression", [1.0, -2], [3.5, 1]).tolist() == [2.5, 3.0]


def test_every_side_answers_the_same_rows(loop: Loop) -> None:
    found = loop.desk.champion()
    assert found is not None
    holdout = examples(80, seed=3)
    compared = compare(spec(), holdout, candidate=found[1], champion=found[1], baseline=["up"] * 80)
    assert compared.champion is not None
    assert compared.candidate.tolist() == compared.champion.tolist()
    assert compared.baseline.tolist() == [float(value != "up") for value in holdout.target]
    confidences = answers_of(found[1], holdout).confidences
    assert confidences is not None
    assert compared.sure.tolist() == [value >= SURE for value in confidences]
    assert {name: sorted(set(values)) for name, values in compared.slices.items()} == {"line": ["1", "2"]}


def test_without_a_champion_nothing_was_sure(loop: Loop) -> None:
    found = loop.desk.champion()
    assert found is not None
    compared = compare(spec(), examples(50), candidate=found[1], champion=None, baseline=["up"] * 50)
    assert compared.champion is None
    assert not np.any(compared.sure)
