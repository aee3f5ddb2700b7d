"""A policy on a stream: nothing is known too early, what is trained serves from the next window on, all is charged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flows.backtest.bank import Bank
from flows.backtest.lessons import first_lesson
from flows.backtest.noticing import DriftLooks, Watch, needs_of
from flows.backtest.played import Played
from flows.backtest.playing import Play
from flows.backtest.stream import Stream
from infra.domain.errors import DataError
from monitoring.policies import Policy, policy_for
from monitoring.policies.cost_aware import CostAware
from monitoring.policies.never import Never
from tests.unit.flows.backtest.building import Told, turning


def play(stream: Stream, policy: Policy, bank: Bank | None = None) -> Played:
    used = bank or Bank(stream, 0)
    return Play(stream, used, policy, Watch(used, DriftLooks(used), needs_of(policy))).run()


def test_labels_come_one_window_late_and_nothing_of_the_future_is_shown() -> None:
    stream, told = turning(), Told({})
    played = play(stream, told)
    assert len(played.losses) == stream.rows == 1_000
    assert [len(one.windows) for one in told.seen] == list(range(9))
    assert [one.new_labels for one in told.seen] == [100 * index for index in range(9)]
    assert all(window.end <= one.at for one in told.seen for window in one.windows)


def test_labels_by_time_come_when_they_are_due() -> None:
    assert [batch.known for batch in turning(delay="24h").batches[:2]] == [276, 376]
    assert [batch.known for batch in turning(delay="1000h").batches[:2]] == [200, 200]


def test_what_is_trained_serves_from_the_next_window_on_and_does_not_touch_those_before() -> None:
    stream = turning(rows=2_000)
    bank = Bank(stream, 0)
    never, told = play(stream, Never(), bank), play(stream, Told({14: "scratch"}), bank)
    assert np.array_equal(never.losses[:1_500], told.losses[:1_500])
    assert told.losses[1_500:].mean() < never.losses[1_500:].mean() - 0.3
    assert told.trainings == 1
    assert told.training_seconds > 0.0
    assert never.trainings == 0


def test_a_model_is_trained_once_however_many_ask_and_found_again_on_disk(tmp_path: Path) -> None:
    stream = turning()
    bank = Bank(stream, 0, tmp_path)
    one, other = (play(stream, Told({1: "warm", 4: "warm"}), bank) for _ in range(2))
    assert bank.trained == 3
    assert one.training_seconds == other.training_seconds
    again = Bank(stream, 0, tmp_path)
    assert play(stream, Told({1: "warm", 4: "warm"}), again).losses.tolist() == one.losses.tolist()
    assert again.trained == 0
    assert again.train(first_lesson(stream)).bundle.sha256 == bank.train(first_lesson(stream)).bundle.sha256


def test_another_seed_is_another_model() -> None:
    stream = turning()
    one, other = (Bank(stream, seed).train(first_lesson(stream)) for seed in (0, 1))
    assert one.key != other.key


def test_a_gain_is_measured_on_the_window_after_and_told_to_the_policy() -> None:
    told = Told({14: "scratch"})
    play(turning(rows=2_000), told)
    (before,) = [one.past for one in told.seen if len(one.past) == 1][:1]
    assert before[0].gain is None
    last = told.seen[-1].past[0]
    assert last.gain is not None
    assert last.gain > 0.1
    assert last.gain_error is not None


def test_bringing_back_costs_no_training() -> None:
    stream = turning()
    bank = Bank(stream, 0)
    play(stream, Never(), bank)
    trained = bank.trained
    told = Told({2: "bring_back"}, version=1)
    played = play(stream, told, bank)
    assert bank.trained == trained
    assert played.training_seconds == 0.0
    assert [deed.how for deed in played.deeds] == ["bring_back"]


def test_the_default_follows_a_world_that_turns_over_in_classes_and_in_numbers() -> None:
    for task in ("classification", "regression"):
        stream = turning(task)
        bank = Bank(stream, 0)
        default, never = play(stream, CostAware(spec=stream.spec), bank), play(stream, Never(), bank)
        assert default.losses[800:].mean() < 0.5 * never.losses[800:].mean()


@pytest.mark.parametrize("policy", ["drift", "degradation", "every"])
def test_every_policy_of_a_model_file_plays(policy: str) -> None:
    stream = turning(more=f", policy: {policy}")
    played = play(stream, policy_for(stream.spec))
    assert played.policy == policy
    assert (played.trainings > 0) is (policy != "drift")  # the inputs did not move


def test_a_history_that_is_too_short_says_what_is_needed() -> None:
    with pytest.raises(DataError, match=r"Give more rows, a shorter monitoring\.window"):
        turning(rows=400)
