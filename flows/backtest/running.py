"""All policies on one stream: what they share is trained first, then each is played, on as many processes as asked.

Processes share trained models through a folder; with one worker nothing touches the disk.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.backtest.bank import Bank, Trained
from flows.backtest.lessons import first_lesson, lesson_of
from flows.backtest.noticing import DriftLooks, Watch, needs_of
from flows.backtest.oracle import Chain
from flows.backtest.pairing import Gate
from flows.backtest.played import Played
from flows.backtest.playing import Play
from flows.backtest.stream import Stream
from flows.promotion import losses
from flows.training.baseline import fit_baseline
from infra.spec.money import Costs
from monitoring.policies import How, Past, Policy, Verdict

CHAINS: tuple[How, ...] = ("scratch", "warm")
_PAST: dict[How, Past] = {"scratch": "recent", "warm": "reservoir"}
Advance = Callable[[str], None]
"""Told what was just finished."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What is compared, on what, with which seed. `replay` is how many earlier rows join each new one; where it is
    `gated`, a candidate serves only once it passed the gate on rows that were held out."""

    stream: Stream
    policies: tuple[Policy, ...]
    seed: int
    replay: float = 1.0
    gated: bool = False
    allowed_modules: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contested:
    """How every policy fared, and the bank of models that the oracle chooses from."""

    played: tuple[Played, ...]
    first_losses: np.ndarray  # windows: summed loss of the first champion on each
    simple_loss: float  # mean loss of the simple model, trained once on the first rows
    chains: tuple[Chain, ...]
    error_scale: float


def contest(
    asked: Contest,
    *,
    workers: int = 1,
    folder: Path | None = None,
    advance: Advance | None = None,
    bank: Bank | None = None,
    costs: Costs | None = None,
) -> Contested:
    """Train what is shared, play every policy, and fill the oracle's bank.

    With one worker a `bank` of the same stream and seed may be given, to share what it has trained; `costs` are prices
    to decide by in place of the stream's.

    Raises:
        TrainingFailed: the first rows cannot be learnt from.
    """
    tell = advance or _silent
    if workers <= 1:
        bank = bank or first_bank(asked, folder)
        chains = []
        for how in CHAINS:
            chains.append(chain_of(bank, how, asked.replay))
            tell(f"models, {how}")
        looks, played = DriftLooks(bank), []
        for policy in asked.policies:
            played.append(play(bank, looks, asked, policy, costs))
            tell(policy.name)
        return _contested(bank, tuple(played), tuple(chains))
    with _shared(folder) as shared:
        return _spread(asked, workers, shared, tell)


def chain_of(bank: Bank, how: How, replay: float) -> Chain:
    """The models trained after each window: from scratch, or one from the other by warm updates."""
    batches = bank.stream.batches
    sums, seconds = np.zeros((len(batches), len(batches))), np.zeros(len(batches))
    model = bank.train(first_lesson(bank.stream))
    for batch in batches[:-1]:
        if batch.known <= model.through and how == "warm":  # no label has come since
            trained = model
        else:
            verdict = Verdict(retrain=True, reason="", evidence={}, how=how, past=_PAST[how])
            trained = bank.train(lesson_of(verdict, model, model.through, batch.known, replay, bank.seed))
            seconds[batch.index] = trained.cpu_seconds
        for later in batches[batch.index + 1 :]:
            sums[batch.index, later.index] = bank.losses(trained, later)[0].sum()
        model = trained if how == "warm" else model
    return Chain(how=how, losses=sums, seconds=seconds)


def _silent(_: str) -> None:
    """Nobody is watching."""


def first_bank(asked: Contest, folder: Path | None = None) -> Bank:
    """An empty bank for this contest."""
    return Bank(asked.stream, asked.seed, folder, asked.allowed_modules)


def play(bank: Bank, looks: DriftLooks, asked: Contest, policy: Policy, costs: Costs | None = None) -> Played:
    """One policy through the stream."""
    needs = needs_of(policy) | ({"alarm"} if asked.gated else set())  # which begins a new series at the gate
    gate, charged = Gate(bank) if asked.gated else None, costs or asked.stream.spec.costs
    return Play(bank.stream, bank, policy, Watch(bank, looks, needs), gate, asked.replay, charged).run()


def _contested(bank: Bank, played: tuple[Played, ...], chains: tuple[Chain, ...]) -> Contested:
    first = bank.train(first_lesson(bank.stream))
    sums = np.array([bank.losses(first, batch)[0].sum() for batch in bank.stream.batches])
    return Contested(
        played=played,
        first_losses=sums,
        simple_loss=_simple_loss(bank, first),
        chains=chains,
        error_scale=error_scale(bank, first),
    )


def _simple_loss(bank: Bank, first: Trained) -> float:
    """Mean loss of the simple model of the model file on all answered rows."""
    stream, learn = bank.stream, first_lesson(bank.stream).learn
    simple = fit_baseline(
        stream.spec.baseline_in_force,
        stream.frame.take(learn),
        stream.target(learn),
        spec=stream.spec,
        schema=first.bundle.schema,
        allowed_modules=bank.allowed_modules,
    )
    answers = simple.predict(stream.frame.take(np.arange(stream.first_rows, len(stream.examples))))
    return float(losses(stream.spec.task, answers, stream.examples.target[stream.first_rows :]).mean())


def error_scale(bank: Bank, first: Trained) -> float:
    """The loss that counts as one wrong decision: 1, or the MAE of the first champion on its validation rows."""
    if bank.stream.spec.task == "classification":
        return 1.0
    return max(float(bank.losses_on(first, *first.calibrated_on)[0].mean()), 1e-12)


@contextmanager
def _shared(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="keepsharp-backtest-") as name:
        yield Path(name)


_ASKED: list[tuple[Contest, Path]] = []
"""What this worker process works on; set when it starts."""


def _begin(asked: Contest, folder: Path) -> None:
    _ASKED.append((asked, folder))


def _chain_task(how: How) -> Chain:
    asked, folder = _ASKED[0]
    return chain_of(first_bank(asked, folder), how, asked.replay)


def _play_task(place: int) -> Played:
    asked, folder = _ASKED[0]
    bank = first_bank(asked, folder)
    return play(bank, DriftLooks(bank), asked, asked.policies[place])


def _spread(asked: Contest, workers: int, folder: Path, tell: Advance) -> Contested:
    """The first champion here, so that nobody trains it twice; then the shared chains, then the policies."""
    bank = first_bank(asked, folder)
    bank.train(first_lesson(asked.stream))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (asked, folder)) as pool:
        waiting = [pool.submit(_chain_task, how) for how in CHAINS]
        chains: list[Chain] = []
        for task in waiting:
            chains.append(task.result())
            tell(f"models, {chains[-1].how}")
        playing = [pool.submit(_play_task, place) for place in range(len(asked.policies))]
        played: list[Played] = []
        for one in playing:
            played.append(one.result())
            tell(played[-1].policy)
    return _contested(bank, tuple(played), tuple(chains))
