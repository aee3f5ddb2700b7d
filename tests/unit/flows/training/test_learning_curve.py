from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from flows.promotion import losses
from flows.training.curve_figures import read_curve
from flows.training.fitting import Fitted, fit
from flows.training.learning_curve import Lesson, measure_curve
from flows.training.material import first_material
from flows.trial.judging import answers_of
from infra.spec import ModelSpec
from tests.builders import KINDS, Stream, spec, stream

RICH = 1e6
"""CPU seconds of a training that a curve never outlasts."""


def lesson(made: Stream, model: ModelSpec, **changes: object) -> tuple[Lesson, np.ndarray]:
    """A lesson and the candidate's losses."""
    material = first_material(made.examples(len(made.truth)))
    fitted = fit(
        material.train.frame,
        material.train.target,
        material.validation.frame,
        material.validation.target,
        spec=model,
        kinds=KINDS,
        start=None,
        seed=model.learner.seed,
        provenance={},
    )
    found = losses(model.task, answers_of(fitted.bundle, material.holdout).values, material.holdout.target)
    changed: Fitted = replace(fitted, **{"cpu_seconds": RICH, **changes})  # type: ignore[arg-type]
    return Lesson(spec=model, material=material, kinds=KINDS, start=None, fitted=changed), found


def test_a_curve_rises_to_the_training_itself_and_repeats_itself() -> None:
    given, full = lesson(stream(600), spec())
    torch.manual_seed(5)
    before = torch.get_rng_state()
    weights = given.fitted.bundle.sha256
    curve, again = measure_curve(given, full), measure_curve(given, full)
    assert replace(curve, seconds=0.0) == replace(again, seconds=0.0)
    assert [point.share for point in curve.points][-1] == 1.0
    assert curve.points[-1].value == pytest.approx(1 - full.mean())
    assert {0.5, 1.0} <= {point.share for point in curve.points}
    assert all(point.low <= point.value <= point.high for point in curve.points)
    assert curve.started == "scratch"
    assert torch.equal(torch.get_rng_state(), before)
    assert given.fitted.bundle.sha256 == weights


def test_a_number_is_told_by_its_error() -> None:
    given, full = lesson(stream(600, task="regression"), spec("regression", labels={"cost_each": 0.5}))
    curve = measure_curve(given, full)
    assert curve.metric == "mae"
    assert curve.points[-1].value == pytest.approx(full.mean())
    assert curve.next_step is not None
    assert curve.next_step.step == pytest.approx(0.01 * full.mean(), rel=0.5)


def test_a_curve_stops_at_the_compute_of_its_training_and_says_so() -> None:
    given, full = lesson(stream(600), spec(), cpu_seconds=1e-9)
    curve = measure_curve(given, full)
    assert [point.share for point in curve.points] == [1.0]
    assert "stopped at the limit of its compute" in curve.notes[0]
    assert curve.law is None
    assert curve.next_step is None
    assert curve.less_with_half is None


def test_a_share_of_too_few_rows_is_left_out_and_named() -> None:
    given, full = lesson(stream(120), spec())
    curve = measure_curve(given, full)
    assert any("An eighth of the labels, 11 rows, are too few" in note for note in curve.notes)
    assert 0.125 not in {point.share for point in curve.points}


def made_losses(rng: np.random.Generator, error: float) -> np.ndarray:
    return (rng.random(4000) < error).astype(np.float64)


def test_the_price_of_the_next_point_is_in_labels_and_money() -> None:
    rng = np.random.default_rng(0)
    by_share = {share: [made_losses(rng, 0.05 + 0.05 * share**-0.5) for _ in range(4)] for share in (0.125, 0.25, 0.5)}
    curve = read_curve(
        {**by_share, 1.0: [made_losses(rng, 0.1)]},
        spec=spec(labels={"cost_each": 0.5}, costs={"cpu_hour": 3600.0, "currency": "EUR"}),
        rows=1000,
        started="scratch",
        training_seconds=2.0,
    )
    step = curve.next_step
    assert step is not None
    assert step.rows is not None
    assert 200 < step.rows < 3000  # (0.05 / 0.04)² - 1 of 1,000 labels by the true law
    assert step.labels_cost == pytest.approx(0.5 * step.rows, rel=0.01)
    assert step.training_cost == pytest.approx(2.0 * step.rows / 1000, rel=0.01)
    assert step.currency == "EUR"
    assert curve.less_with_half is not None
    low, high = curve.less_with_half[1:]
    assert low < 0.05 * (0.5**-0.5 - 1) < high


def test_a_level_curve_says_that_the_next_point_is_out_of_reach() -> None:
    rng = np.random.default_rng(1)
    level = {share: [made_losses(rng, 0.1) for _ in range(3)] for share in (0.125, 0.25, 0.5)}
    curve = read_curve(
        {**level, 1.0: [made_losses(rng, 0.1)]}, spec=spec(), rows=1000, started="scratch", training_seconds=1.0
    )
    assert curve.next_step is not None
    assert curve.next_step.rows is None
    assert curve.next_step.labels_cost is None
    assert curve.next_step.reachable < 0.5


def test_the_band_of_all_labels_holds_the_truth_about_as_often_as_it_claims() -> None:
    """Bands of 95 %: the true level is inside in at least 34 of 40 streams (binomial, p = 0.014 for fewer)."""
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        lucky = {share: rng.normal(0, 0.01 / np.sqrt(share), size=3) for share in (0.125, 0.25, 0.5, 1.0)}
        found = {
            share: [(rng.random(600) < 0.1 + 0.04 * share**-0.5 + off).astype(np.float64) for off in drawn]
            for share, drawn in lucky.items()
        }
        found[1.0] = found[1.0][:1]
        curve = read_curve(found, spec=spec(), rows=1000, started="scratch", training_seconds=1.0)
        whole = curve.points[-1]
        held += whole.low <= 1 - 0.14 <= whole.high
    assert held >= 34
