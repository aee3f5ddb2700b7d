"""Compute of policies: what was measured at first, corrected by the same models trained again in turns."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from benchmarks.policies.timing import shares_in_turns
from flows.backtest.bank import Bank
from flows.backtest.comparing import FULL
from flows.backtest.played import Deed, Played


class Clock:
    """A bank whose models take what is written, in a process that is now twice as slow for `slowed` ones."""

    def __init__(self, seconds: dict[str, float], slowed: float = 1.0) -> None:
        self.seconds, self.slowed, self.asked = seconds, slowed, 0

    def time_again(self, key: str) -> float:
        self.asked += 1
        return self.seconds[key] * self.slowed


def played(policy: str, seconds: list[float], deciding: float = 0.0) -> Played:
    deeds = tuple(
        Deed(batch=place, how="warm", reason="", cpu_seconds=one, promoted=True, key=f"{policy}{place}")
        for place, one in enumerate(seconds)
    )
    return Played(policy=policy, losses=np.zeros(1), deeds=deeds, deciding_seconds=deciding)


def test_all_trainings_count_though_few_are_timed_again() -> None:
    full = played(FULL, [1.0, 3.0] * 20)
    cheap = played("cheap", [0.1] * 40, deciding=4.0)
    bank = Clock({deed.key: deed.cpu_seconds for one in (full, cheap) for deed in one.deeds}, slowed=2.0)
    shares = shares_in_turns(cast(Bank, bank), {FULL: full, "cheap": cheap}, patience=-1.0)
    assert bank.asked == 6
    assert shares == {FULL: 1.0, "cheap": pytest.approx((4.0 * 2.0 + 4.0) / (80.0 * 2.0))}


def test_a_policy_that_trains_nothing_takes_what_it_decided_in() -> None:
    full, never = played(FULL, [1.0] * 4), played("never", [], deciding=0.1)
    bank = Clock({deed.key: deed.cpu_seconds for deed in full.deeds})
    assert shares_in_turns(cast(Bank, bank), {FULL: full, "never": never})["never"] == pytest.approx(0.025)


def test_without_the_yardstick_no_share_is_known() -> None:
    assert shares_in_turns(cast(Bank, Clock({})), {"never": played("never", [])}) == {}
