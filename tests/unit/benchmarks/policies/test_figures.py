"""The figures of the policies' benchmark: means over streams and seeds, the worst stream, what is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.policies.figures import FIXED, figures_of
from benchmarks.policies.rounds import DEFAULT, Round
from benchmarks.policies.streams import SOURCES
from flows.backtest.comparing import FULL, compare_policies
from flows.backtest.oracle import Chain
from flows.backtest.played import Deed, Played
from flows.backtest.running import Contested
from infra.spec.reading import parse_spec

SPEC = parse_spec("model: m\ntask: classification\ndata: {source: f, target: t}\ncosts: {wrong_decision: 1.0}", "m")


def a_round(name: str, *, wrong: int, full: int = 20, share: float = 0.1) -> Round:
    """`never` has 40 of 100 wrong, every pace `full`, the default `wrong`."""

    def played(policy: str, errors: int) -> Played:
        deeds = (Deed(batch=0, how="warm", reason="", cpu_seconds=1.0, promoted=True),)
        return Played(policy=policy, losses=np.arange(100) < errors, deeds=deeds, deciding_seconds=0.0)

    wrongs = {policy: 40 if policy == "never" else full for policy in FIXED} | {DEFAULT: wrong}
    contested = Contested(
        played=tuple(played(policy, errors) for policy, errors in wrongs.items()),
        first_losses=np.array([20.0, 20.0]),
        simple_loss=0.5,
        chains=(Chain(how="warm", losses=np.full((2, 2), 0.0), seconds=np.zeros(2)),),
        error_scale=1.0,
    )
    compared = compare_policies(contested, SPEC, windows=2, days=1.0, in_force=DEFAULT)
    source = next(one for one in SOURCES if one.name == name)
    return Round(
        source=source,
        seed=0,
        compared=compared,
        dear=compared,
        scratch_oracle=wrong / 1.1,
        scratch_oracle_dear=wrong / 1.2,
        shares={DEFAULT: share, FULL: 1.0},
        simple=0.5,
        seconds_all=None,
        seconds_dearest=1.0,
    )


def test_gain_and_compute_are_means_over_streams_and_the_worst_is_told() -> None:
    figures = figures_of([a_round("elec2", wrong=20, share=0.1), a_round("noaa_weather", wrong=30, share=0.2)])
    mean, worst, compute = (figure.value for figure in figures[:3])
    assert mean == pytest.approx(0.75)
    assert worst == pytest.approx(0.5)
    assert compute == pytest.approx(0.15)
    assert [figure.holds for figure in figures[:3]] == [False, False, False]


def test_seeds_of_one_stream_are_averaged_first() -> None:
    seeds = [a_round("elec2", wrong=20), replace(a_round("elec2", wrong=30), seed=1)]
    assert figures_of(seeds)[1].value == pytest.approx(0.75)


def test_what_was_not_measured_is_unknown_and_unseen_streams_stand_apart() -> None:
    figures = figures_of([a_round("elec2", wrong=20), a_round("bike_hour", wrong=30)])
    assert len(figures) == 22
    assert figures[10].value is None
    assert figures[10].holds is None
    assert figures[0].name.startswith("named")
    assert figures[11].name.startswith("other")


def test_a_stream_below_the_frozen_champion_is_counted() -> None:
    assert figures_of([a_round("elec2", wrong=45)])[9].value == 1.0
    assert figures_of([a_round("elec2", wrong=20)])[9].value == 0.0


def test_the_total_is_held_against_an_oracle_from_scratch_and_against_one_with_updates_too() -> None:
    figures = {one.name: one for one in figures_of([a_round("elec2", wrong=22)])}
    scratch = figures["named streams: total cost over that of an oracle with models from scratch, mean"]
    dear = figures["named streams, compute dear: total cost over that of an oracle with models from scratch, mean"]
    both = figures["named streams: total cost over that of an oracle with models from scratch and warm updates, mean"]
    assert scratch.value == pytest.approx(1.1, rel=0.01)
    assert scratch.holds is True
    assert dear.value == pytest.approx(1.2, rel=0.01)
    assert dear.holds is False
    assert both.value == pytest.approx(1.1, rel=0.01)
