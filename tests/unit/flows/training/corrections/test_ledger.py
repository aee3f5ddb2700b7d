from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from flows.training.corrections.case import TOLERATED, Case
from flows.training.corrections.ledger import Examined, examine
from flows.training.corrections.trajectory import Trajectory
from flows.training.examples import Examples
from infra.domain.corrections import CorrectedRow, Part
from infra.domain.values import Answer
from infra.model.bundle import ModelBundle
from infra.model.pictures import encode_picture
from infra.spec import ModelSpec
from tests.unit.flows.training.material import (
    Material,
    classes_of,
    fit_small,
    numbers_of,
    small_frame,
    small_spec,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZES: Mapping[Part, int] = {"train": 240, "validation": 80, "holdout": 60}
Parts = Mapping[Part, Examples]


def examples(part: Part, frame: pd.DataFrame, target: Sequence[Answer]) -> Examples:
    return Examples(
        frame=frame,
        target=tuple(target),
        times=tuple(NOON + timedelta(minutes=row) for row in range(len(frame))),
        ids=tuple(f"{part}-{row}" for row in range(len(frame))),
        seqs=(0,) * len(frame),
    )


def parts_of(task: str = "classification", *, turned: bool = False) -> Parts:
    """Three parts; `turned` labels say the opposite of the rule."""
    found: dict[Part, Examples] = {}
    for seed, (part, size) in enumerate(SIZES.items()):
        frame = small_frame(size, seed=seed + 10 * turned)
        truth = classes_of(frame) if task == "classification" else numbers_of(frame)
        found[part] = examples(
            part, frame, [{"UP": "DOWN", "DOWN": "UP"}[str(one)] for one in truth] if turned else truth
        )
    return found


def train(parts: Parts, spec: ModelSpec, **changed: Any) -> tuple[ModelBundle, Trajectory]:
    path, rows, later = Trajectory(), parts["train"], parts["validation"]
    material = Material(rows.frame, rows.target, later.frame, later.target)
    return fit_small(material, spec, observer=path, **changed).bundle, path


def look(parts: Parts, spec: ModelSpec, made: tuple[ModelBundle, Trajectory], **changed: Any) -> Examined:
    case = Case(spec=spec, run_id="r", at=NOON, parts=parts, after=made[0], trajectory=made[1], **changed)
    return examine(case)


def require_sums(found: Examined, parts: Parts) -> None:
    """What every ledger has to keep."""
    ledger = found.ledger
    assert {one.part: one.rows for one in ledger.parts} == {part: len(rows) for part, rows in parts.items()}
    assert all(one.fixed + one.still_wrong == one.mistakes for one in ledger.parts)
    assert all(one.mistakes + one.broken <= one.rows for one in ledger.parts)
    assert [row.place for row in found.rows] == list(range(1, ledger.kept + 1))
    shares = [one.gradient_share for one in ledger.layers if one.gradient_share is not None]
    assert not shares or sum(shares) == pytest.approx(1.0)


def by_fate(rows: Sequence[CorrectedRow], fate: str) -> list[CorrectedRow]:
    return [row for row in rows if row.fate == fate]


def test_a_turned_rule_is_all_mistakes_and_the_retraining_corrects_most_of_them() -> None:
    spec = small_spec(epochs=30, patience=30, learning_rate=0.02)
    before, _ = train(parts_of(), spec)
    parts = parts_of(turned=True)
    found = look(parts, spec, train(parts, spec, start=before), before=before, before_version=3)
    require_sums(found, parts)
    ledger = found.ledger
    assert ledger.before == "version 3"
    assert ledger.mistakes > 0.9 * 380
    assert ledger.fixed > 0.9 * ledger.mistakes
    assert ledger.mean_loss_before is not None
    assert ledger.mean_loss_after is not None
    assert ledger.mean_loss_after < 0.5 * ledger.mean_loss_before
    assert {one.layer for one in ledger.layers} == {"body.0", "head"}
    assert all(one.weight_change is not None and one.weight_change > 0 for one in ledger.layers)
    fixed = by_fate(found.rows, "fixed")
    assert all(row.before.answer != row.truth == row.after.answer for row in fixed)
    assert all(row.before.loss > row.after.loss for row in fixed[:20])
    assert {row.part for row in fixed} == {"train", "validation", "holdout"}
    assert {row.truth for row in fixed} == {"UP", "DOWN"}


def test_every_kept_row_is_whole() -> None:
    spec = small_spec(epochs=20, learning_rate=0.02)
    before, _ = train(parts_of(), spec)
    parts = parts_of(turned=True)
    found = look(parts, spec, train(parts, spec, start=before), before=before, before_version=3)
    for row in found.rows:
        place = int(row.id.partition("-")[2])
        features = parts[row.part].frame.iloc[place]
        assert row.time == NOON + timedelta(minutes=place)
        assert row.features["a"] == features["a"]
        assert row.features["shift"] == "night"
        assert {one.feature for one in row.moved_by} == {"a", "b", "part"}
        assert all(one.before is not None for one in row.moved_by)
        towards = [one.influence for one in row.pushers if one.influence > 0]
        assert 0 < len(towards) <= 3
        assert towards == sorted(towards, reverse=True)
        assert all(one.id.startswith("train-") for one in row.pushers)
        assert all(one.itself == (one.id == row.id) for one in row.pushers)
    assert any(one.itself for row in found.rows for one in row.pushers)
    assert "last layer alone" in found.ledger.influence
    assert "240 of 240" in found.ledger.influence


def test_all_layers_are_read_where_asked_for() -> None:
    spec, parts = small_spec(), parts_of()
    found = look(parts, spec, train(parts, spec), layers="all_layers")
    assert found.ledger.influence.startswith("TracIn over all layers, at ")
    assert all(row.pushers for row in found.rows)


def test_without_a_model_before_it_is_an_answer_that_knows_no_feature() -> None:
    spec, parts = small_spec(), parts_of()
    found = look(parts, spec, train(parts, spec))
    require_sums(found, parts)
    common = max({"UP", "DOWN"}, key=parts["train"].target.count)
    assert found.ledger.before.endswith(f"always {common}")
    assert found.ledger.before_version is None
    share = 1 - parts["train"].target.count(common) / 240
    mistakes = [row for row in found.rows if row.fate != "broken"]
    assert {row.before.answer for row in found.rows} == {common}
    assert [row.before.truth_probability for row in mistakes] == pytest.approx([share] * len(mistakes))
    assert all(one.before is None for row in found.rows for one in row.moved_by)


def test_a_number_is_a_mistake_by_how_far_the_model_before_was_accepted_to_be_off() -> None:
    spec = small_spec("regression", epochs=30, learning_rate=0.02)
    parts = parts_of("regression")
    before, _ = train(parts, small_spec("regression", epochs=1))
    found = look(parts, spec, train(parts, spec), before=before, before_version=1, accepted=4.0)
    require_sums(found, parts)
    assert found.ledger.tolerance == TOLERATED * 4.0
    assert found.ledger.mistakes > 0
    for row in found.rows:
        assert row.before.truth_probability is None
        assert row.before.loss == pytest.approx(abs(float(row.before.answer) - float(row.truth)))
        assert (row.before.loss > 8.0) == (row.fate != "broken")
        assert (row.after.loss > 8.0) == (row.fate != "fixed")


def test_a_first_number_is_held_against_the_mean() -> None:
    spec, parts = small_spec("regression"), parts_of("regression")
    found = look(parts, spec, train(parts, spec))
    require_sums(found, parts)
    numbers = np.array(parts["train"].target, dtype=np.float64)
    assert found.ledger.tolerance == pytest.approx(2 * np.abs(numbers - numbers.mean()).mean())
    assert f"{numbers.mean():.6g}" in found.ledger.before


def test_a_class_that_the_model_before_does_not_know_is_a_mistake_at_the_highest_loss() -> None:
    spec = small_spec(epochs=20, learning_rate=0.02)
    before, _ = train(parts_of(), spec)
    parts = {
        part: examples(
            part,
            rows.frame,
            ["ODD" if value > 1 else str(one) for value, one in zip(rows.frame["a"], rows.target, strict=True)],
        )
        for part, rows in parts_of().items()
    }
    found = look(parts, spec, train(parts, spec, start=before), before=before, before_version=1)
    require_sums(found, parts)
    odd = [row for row in found.rows if row.truth == "ODD"]
    assert odd
    assert {row.before.truth_probability for row in odd} == {0.0}
    assert {round(row.before.loss, 1) for row in odd} == {27.6}
    assert all(one.before is None for row in odd for one in row.moved_by)
    assert {one.layer: one.weight_change for one in found.ledger.layers}["head"] is not None


def test_a_class_that_training_never_saw_stays_wrong_and_nobody_pushed_it() -> None:
    spec, parts = small_spec(), dict(parts_of())
    rows = parts["holdout"]
    parts["holdout"] = examples("holdout", rows.frame, ["NEVER"] * len(rows))
    found = look(parts, spec, train(parts, spec))
    require_sums(found, parts)
    never = [row for row in found.rows if row.truth == "NEVER"]
    assert never
    assert all((row.fate, row.moved_by, row.pushers) == ("still_wrong", (), ()) for row in never)


def test_a_start_that_no_epoch_improved_on_moved_nothing_and_says_so() -> None:
    spec, parts = small_spec(epochs=30, learning_rate=0.02), parts_of()
    before, _ = train(parts, spec)
    again = small_spec(epochs=1, learning_rate=1e-9)
    found = look(parts, again, train(parts, again, start=before), before=before, before_version=1)
    require_sums(found, parts)
    if found.rows:
        assert found.ledger.influence.startswith("unknown: no step of this training was kept")
    assert all(row.pushers == () for row in found.rows)
    assert {one.weight_change for one in found.ledger.layers} == {0.0}


def test_a_perfect_model_before_leaves_an_empty_ledger() -> None:
    spec = small_spec()
    parts = {part: rows.take(range(20)) for part, rows in parts_of().items()}
    made = train(parts, spec)
    answered = {
        part: examples(part, rows.frame, made[0].answer(made[0].schema.encode(rows.frame)).values)
        for part, rows in parts.items()
    }
    found = look(answered, spec, made, before=made[0], before_version=1)
    require_sums(found, answered)
    assert (found.ledger.mistakes, found.ledger.broken, found.rows) == (0, 0, ())
    assert (found.ledger.mean_loss_before, found.ledger.influence) == (None, "unknown: there was no row to be pushed")
    assert {one.gradient_share for one in found.ledger.layers} == {None}


def pictures(rows: int, seed: int) -> tuple[pd.DataFrame, list[Answer]]:
    """Squares of 16 × 16 that are bright on the left or on the right."""
    rng = np.random.default_rng(seed)
    target: list[Answer] = []
    texts = []
    for _ in range(rows):
        left = bool(rng.integers(2))
        pixels = rng.integers(0, 60, size=(16, 16, 1))
        pixels[4:12, 1 : 6 if left else 16] += 0
        side = slice(1, 6) if left else slice(10, 15)
        pixels[4:12, side] += 150
        texts.append(encode_picture(pixels.astype(np.uint8)))
        target.append("left" if left else "right")
    return pd.DataFrame({"image": texts}), target


def test_pictures_are_kept_with_where_the_answer_hung_on_them() -> None:
    spec = small_spec(network="cnn", epochs=6, learning_rate=0.01)
    sizes: Mapping[Part, int] = {"train": 64, "validation": 32, "holdout": 32}
    parts = {part: examples(part, *pictures(size, seed)) for seed, (part, size) in enumerate(sizes.items())}
    found = look(parts, spec, train(parts, spec, kinds={"image": "picture"}))
    require_sums(found, parts)
    assert found.ledger.fixed > 0
    bright = []
    for row in by_fate(found.rows, "fixed"):
        assert row.features["image"] in set(parts[row.part].frame["image"])
        assert row.saliency is not None
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(row.saliency))), dtype=float)
        assert shown.shape == (16, 16)
        assert row.moved_by[0].value is None
        middle = shown[4:12]
        bright.append((middle[:, 1:6].sum() + middle[:, 10:15].sum()) / shown.sum())
    assert np.mean(bright) > 0.45  # the two squares are 31 % of the picture
