"""One stream with one seed: every policy played, priced and timed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

from benchmarks.policies.streams import Source
from benchmarks.policies.timing import shares_in_turns
from flows.backtest.bank import Bank
from flows.backtest.comparing import Comparison, compare_policies, prices_of
from flows.backtest.contestants import PACES
from flows.backtest.lessons import first_lesson
from flows.backtest.noticing import DriftLooks
from flows.backtest.oracle import Prices, look_ahead
from flows.backtest.played import Played
from flows.backtest.running import Contest, Contested, contest, first_bank, play
from flows.backtest.stream import Stream
from monitoring.policies.cost_aware import CostAware
from monitoring.policies.never import Never

DEFAULT, GATED = "cost_aware", "cost_aware, gated"
"""The default where what it trains serves from the next window on, and as the service runs it."""
DEAR_WRONG_DECISIONS = 5.0
"""With dear compute, a training from scratch costs as much as so many wrong decisions."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """What came of it. `compared` is with the model file's prices, `dear` with compute that matters; `shares` are of
    the compute of training from scratch after every window; `simple` is the simple model's mean loss. `scratch_oracle`
    and `scratch_oracle_dear` are the totals of an oracle that chooses among models from scratch alone, as the one that
    the targets were set by; `compared.oracle` chooses among warm updates as well."""

    source: Source
    seed: int
    compared: Comparison
    dear: Comparison
    scratch_oracle: float
    scratch_oracle_dear: float
    shares: dict[str, float]
    simple: float
    seconds_all: float | None
    seconds_dearest: float


def play_round(source: Source, stream: Stream, seed: int, cache: Path | None) -> Round:
    """Play every policy; models are shared between them."""
    default = CostAware(spec=stream.spec)
    bank = first_bank(Contest(stream=stream, policies=(), seed=seed), cache)
    bank.time_again(bank.train(first_lesson(stream)).key)  # a process's first training pays for what torch loads
    began = process_time()
    asked = Contest(stream=stream, policies=(Never(), *PACES, default), seed=seed)
    played = contest(asked, bank=bank)
    seconds_all = process_time() - began
    played = _with_gated(played, play(bank, DriftLooks(bank), replace(asked, gated=True), default))
    by_name = {one.policy: one for one in played.played}
    days, windows = 30.0, len(stream.batches)
    compared = compare_policies(played, stream.spec, windows=windows, days=days, in_force=DEFAULT)
    dear, dear_prices = _with_dear_compute(stream, bank, by_name, asked)
    return Round(
        source=source,
        seed=seed,
        compared=compared,
        dear=dear,
        scratch_oracle=_scratch_oracle(played, prices_of(stream.spec, played.error_scale)),
        scratch_oracle_dear=_scratch_oracle(played, dear_prices),
        shares=shares_in_turns(bank, by_name),
        simple=played.simple_loss,
        seconds_all=seconds_all if cache is None else None,  # models that an earlier run kept cost nothing
        seconds_dearest=max(one.cpu_seconds for one in played.played if one.policy != GATED),
    )


def _with_gated(played: Contested, gated: Played) -> Contested:
    return replace(played, played=(*played.played, replace(gated, policy=GATED)))


def _scratch_oracle(played: Contested, prices: Prices) -> float:
    """What the cheapest way through the windows costs with models from scratch alone."""
    chains = [chain for chain in played.chains if chain.how == "scratch"]
    return look_ahead(played.first_losses, chains, prices).total


def _with_dear_compute(
    stream: Stream, bank: Bank, played: dict[str, Played], asked: Contest
) -> tuple[Comparison, Prices]:
    """The same with an hour of computing so dear that a training from scratch costs five wrong decisions."""
    full = played[PACES[0].name]
    second = DEAR_WRONG_DECISIONS / (full.training_seconds / max(1, full.trainings))
    costs = stream.spec.costs.model_copy(update={"wrong_decision": 1.0, "cpu_hour": second * 3600.0})
    spec = stream.spec.model_copy(update={"costs": costs})
    # the bank's own stream keeps its prices out of the models' names, so that nothing is trained twice
    dear = contest(
        Contest(stream=stream, policies=(Never(), *PACES, CostAware(spec=spec)), seed=asked.seed),
        bank=bank,
        costs=costs,
    )
    prices = Prices(wrong_decision=1.0, cpu_second=second, error_scale=dear.error_scale)
    compared = compare_policies(dear, spec, windows=len(stream.batches), days=30.0, in_force=DEFAULT, prices=prices)
    return compared, prices
