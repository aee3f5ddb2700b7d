"""The gate of a backtest: held-out rows judge, and each candidate leaves less for the next."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.backtest.bank import Bank
from flows.backtest.lessons import first_lesson
from flows.backtest.noticing import DriftLooks
from flows.backtest.pairing import Gate
from flows.backtest.played import Played
from flows.backtest.running import Contest, play
from flows.backtest.stream import Stream
from tests.unit.flows.backtest.building import Told, turning

AT = datetime(2024, 2, 1, tzinfo=UTC)


def gated(stream: Stream, told: Told) -> Played:
    bank = Bank(stream, 0)
    return play(bank, DriftLooks(bank), Contest(stream=stream, policies=(), seed=0, gated=True), told)


def test_a_candidate_that_is_no_better_does_not_serve_and_leaves_less_for_the_next() -> None:
    stream = turning(turns=False)
    bank = Bank(stream, 0)
    first, gate = bank.train(first_lesson(stream)), Gate(bank)
    assert [gate.passes(first, first, start, start + 100, AT, None) for start in (200, 300)] == [False, False]
    assert gate.uses[0].alpha is not None
    assert gate.uses[1].alpha is not None
    assert gate.uses[1].alpha < gate.uses[0].alpha
    assert not gate.passes(first, first, 400, 440, AT, None)
    assert len(gate.uses) == 2  # so few rows are not looked at


def test_a_world_that_turned_over_lets_a_candidate_pass_and_rows_are_held_out_for_it() -> None:
    stream, order = turning(rows=2_000), {14: "scratch"}
    played = gated(stream, Told(order))  # type: ignore[arg-type]  # a literal
    assert [deed.promoted for deed in played.deeds] == [True]
    assert played.losses[1_500:].mean() < 0.2


def test_where_nothing_changed_the_champion_stays_and_the_training_is_paid_for() -> None:
    played = gated(turning(turns=False), Told({3: "warm", 5: "warm"}))
    assert [deed.promoted for deed in played.deeds] == [False, False]
    assert played.training_seconds > 0.0


def test_labels_that_a_refused_candidate_was_trained_and_judged_on_are_not_new_as_in_production() -> None:
    told = Told({3: "warm"})
    played = gated(turning(turns=False), told)
    assert not played.deeds[0].promoted
    assert [seen.new_labels for seen in told.seen[2:6]] == [200, 300, 100, 200]
