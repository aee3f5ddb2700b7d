"""Answers in shadow: stored and never returned, within a share of one core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from infra.domain.errors import Unavailable
from infra.domain.predictions import Prediction
from infra.domain.shadows import ShadowAnswer
from infra.memory import memory_ports
from infra.ports import Shadows
from infra.spec.serving import Serving as Rules
from services.inference import shadowing
from services.inference.canary import in_shadow
from services.inference.metrics import Metrics
from services.inference.predictor import Deployment, Predictor, Serving
from services.inference.shadowing import BATCH_ROWS, REST, WAKE_SECONDS, Shadowing
from tests.unit.services.inference.building import GOOD, MODEL, NOW, Task, bundle


def version(number: int, task: Task = "classification", **changes: Any) -> Serving:
    made = replace(bundle(number, task), **changes)
    return Serving(model=MODEL, version=number, sha256=f"sha-{number}", bundle=made)


def rows(count: int, *, by: int = 1, speed: object = 1.5) -> list[Prediction]:
    """Rows that a version has answered."""
    features: dict[str, Any] = {**GOOD, "speed": speed}
    return [
        Prediction(model=MODEL, id=f"row-{row}", time=NOW, features=features, value="good", version=by)
        for row in range(count)
    ]


class Clock:
    """Time that passes as it is told."""

    def __init__(self, *moments: float) -> None:
        self._moments = iter(moments)

    def __call__(self) -> float:
        return next(self._moments)


class Standing:
    """A shadowing that was not started: the test does the thread's work."""

    def __init__(self, folder: Path, shadows: Shadows | None = None, **options: Any) -> None:
        self.ports, self.metrics, self.predictor = memory_ports(folder), Metrics(), Predictor()
        self.shadowing = Shadowing(self.predictor, shadows or self.ports.shadows, self.metrics, **options)

    def deploy(self, *, shadow: float = 1.0, **beside: Serving) -> None:
        self.predictor.swap(Deployment(champion=version(1), rules=Rules(shadow=shadow), **beside))

    def kept(self, role: str, number: int) -> int:
        return self.ports.shadows.count(MODEL, cast(Any, role), number)

    def counted(self, role: str, outcome: str) -> float:
        labels = {"model": MODEL, "role": role, "outcome": outcome}
        return self.metrics.registry.get_sample_value("keepsharp_shadow_answers_total", labels) or 0.0


@pytest.fixture
def standing(tmp_path: Path) -> Standing:
    return Standing(tmp_path)


def test_challenger_and_simple_model_answer_what_the_champion_answered(standing: Standing) -> None:
    standing.deploy(challenger=version(2), simple=replace(version(3), version=0))
    standing.shadowing.offer(rows(10))
    standing.shadowing.work()
    assert (standing.kept("challenger", 2), standing.kept("simple", 0)) == (10, 10)
    assert (standing.counted("challenger", "stored"), standing.counted("simple", "stored")) == (10.0, 10.0)


def test_the_answer_is_the_versions_own(tmp_path: Path) -> None:
    said: list[ShadowAnswer] = []

    class Keeping:
        def add(self, answers: Sequence[ShadowAnswer]) -> None:
            said.extend(answers)

    standing = Standing(tmp_path, shadows=cast(Shadows, Keeping()))
    standing.deploy(challenger=version(2))
    standing.shadowing.offer(rows(1))
    standing.shadowing.work()
    expected = bundle(2).answer(bundle(2).schema.parse([GOOD]).block)
    assert expected.probabilities is not None
    (answer,) = said
    assert (answer.prediction_id, answer.version, answer.value) == ("row-0", 2, expected.values[0])
    assert answer.probabilities == dict(zip(("bad", "good"), expected.probabilities[0].tolist(), strict=True))


def test_the_challenger_answers_its_share_by_id_and_the_simple_model_every_row(standing: Standing) -> None:
    standing.deploy(shadow=0.3, challenger=version(2), simple=replace(version(3), version=0))
    standing.shadowing.offer(rows(60))
    standing.shadowing.work()
    assert standing.kept("challenger", 2) == sum(in_shadow(f"row-{row}", 0.3) for row in range(60))
    assert standing.kept("simple", 0) == 60


def test_what_the_challenger_answered_itself_it_does_not_shadow(standing: Standing) -> None:
    standing.deploy(challenger=version(2), simple=replace(version(3), version=0))
    standing.shadowing.offer(rows(5, by=2))
    standing.shadowing.work()
    assert (standing.kept("challenger", 2), standing.kept("simple", 0)) == (0, 5)


def test_what_does_not_fit_is_dropped_and_counted(tmp_path: Path) -> None:
    standing = Standing(tmp_path, max_waiting=4)
    standing.deploy(challenger=version(2))
    standing.shadowing.offer(rows(10))
    standing.shadowing.work()
    assert standing.kept("challenger", 2) == 4
    assert (standing.counted("challenger", "stored"), standing.counted("challenger", "skipped")) == (4.0, 6.0)


def test_a_batch_is_small_and_shared_by_all_who_wait(standing: Standing) -> None:
    standing.deploy(challenger=version(2), simple=replace(version(3), version=0))
    standing.shadowing.offer(rows(BATCH_ROWS * 2))
    standing.shadowing.work()
    assert (standing.kept("challenger", 2), standing.kept("simple", 0)) == (BATCH_ROWS // 2, BATCH_ROWS // 2)


@pytest.mark.parametrize(
    ("spent_seconds", "rest_seconds"),
    [(0.0, WAKE_SECONDS), (0.001, WAKE_SECONDS), (0.02, REST * 0.02), (3.0, REST * 3.0)],
)
def test_it_rests_24_times_as_long_as_it_worked(tmp_path: Path, spent_seconds: float, rest_seconds: float) -> None:
    standing = Standing(tmp_path, clock=Clock(5.0, 5.0 + spent_seconds))
    assert standing.shadowing.work() == pytest.approx(rest_seconds)
    assert spent_seconds / (spent_seconds + rest_seconds) <= 0.04 + 1e-9


def broken(*_: object) -> list[ShadowAnswer]:
    raise RuntimeError("out of order")


class Away:
    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        raise Unavailable("the database is away")


def overflowing() -> Serving:
    made = version(2, "regression")
    return replace(made, bundle=replace(made.bundle, target_std=float("inf")))


def test_a_row_that_the_version_cannot_read_or_answer_is_counted(standing: Standing) -> None:
    standing.deploy(challenger=version(2), simple=overflowing())
    standing.shadowing.offer([*rows(1), *rows(1, speed="fast")])
    standing.shadowing.work()
    assert (standing.counted("challenger", "stored"), standing.counted("challenger", "skipped")) == (1.0, 1.0)
    assert (standing.counted("simple", "stored"), standing.counted("simple", "skipped")) == (0.0, 2.0)


@pytest.mark.parametrize("trouble", ["network", "store"])
def test_trouble_in_shadow_costs_its_rows_is_said_once_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[Any], trouble: str
) -> None:
    standing = Standing(tmp_path, shadows=cast(Shadows, Away()) if trouble == "store" else None)
    standing.deploy(challenger=version(2))
    with monkeypatch.context() as patch:
        if trouble == "network":
            patch.setattr(shadowing, "shadow_answers", broken)
        for _ in range(2):
            standing.shadowing.offer(rows(3))
            standing.shadowing.work()
    assert (standing.counted("challenger", "stored"), standing.counted("challenger", "skipped")) == (0.0, 6.0)
    said = "no answer in shadow" if trouble == "network" else "answers in shadow could not be kept"
    assert [event["event"] for event in logged] == [said]
    if trouble == "network":
        standing.shadowing.offer(rows(3))
        standing.shadowing.work()
        assert standing.kept("challenger", 2) == 3


def test_rows_of_a_challenger_that_was_dismissed_meanwhile_are_skipped(standing: Standing) -> None:
    standing.deploy(challenger=version(2))
    standing.shadowing.offer(rows(3))
    standing.deploy()
    standing.shadowing.work()
    assert standing.counted("challenger", "skipped") == 3.0


def test_offering_what_nothing_serves_is_no_error(standing: Standing) -> None:
    standing.shadowing.offer(rows(3))
    assert standing.shadowing.work() == WAKE_SECONDS


def test_what_waited_when_it_was_closed_is_answered_or_counted(standing: Standing) -> None:
    standing.deploy(challenger=version(2))
    standing.shadowing.start()
    standing.shadowing.offer(rows(3))
    standing.shadowing.close()
    assert standing.counted("challenger", "stored") + standing.counted("challenger", "skipped") == 3.0
    standing.shadowing.close()
    assert standing.counted("challenger", "stored") + standing.counted("challenger", "skipped") == 3.0
