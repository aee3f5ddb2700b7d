"""The figures that the default has to reach, judged over streams and seeds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.policies.rounds import DEFAULT, Round
from benchmarks.policies.timing import mean_of
from benchmarks.serving.figures import Figure
from flows.backtest.comparing import Comparison
from flows.backtest.contestants import PACES

SCRATCH_ORACLE = "that of an oracle with models from scratch, mean"
"""As the oracle that the target was set by, which sees the future and trains from scratch."""
BOTH_ORACLE = "that of an oracle with models from scratch and warm updates, mean"
FIXED = ("never", *(pace.name for pace in PACES))


def figures_of(rounds: Sequence[Round]) -> list[Figure]:
    """Every figure, of the named streams where any was played, and of the unseen ones apart."""
    named = [one for one in rounds if one.source.named]
    unseen = [one for one in rounds if not one.source.named]
    figures: list[Figure] = []
    for group, title in ((named, "named streams"), (unseen, "other streams")):
        if group:
            figures += _group(group, title)
    return figures


def _group(rounds: Sequence[Round], title: str) -> list[Figure]:
    gains = per_stream(rounds, lambda one: gain_of(one, DEFAULT))
    shares = per_stream(rounds, lambda one: one.shares.get(DEFAULT))
    over = per_stream(rounds, lambda one: _total(one.compared) / one.scratch_oracle)
    dear = per_stream(rounds, lambda one: _total(one.dear) / one.scratch_oracle_dear)
    over_both = per_stream(rounds, lambda one: _total(one.compared) / one.compared.oracle.total)
    dear_both = per_stream(rounds, lambda one: _total(one.dear) / one.dear.oracle.total)
    known = [value for value in gains.values() if value is not None]
    speeds = [one.seconds_all / one.seconds_dearest for one in rounds if one.seconds_all is not None]
    speed = max(speeds, default=None)
    return [
        _figure(f"{title}: gain over never, share of scratch every window, mean", _mean(known), ">=", 0.99),
        _figure(f"{title}: the same, the worst stream", min(known, default=None), ">=", 0.95),
        _figure(f"{title}: compute, share of scratch every window, mean", mean_of(list(shares.values())), "<=", 0.12),
        _oracle_figure(f"{title}: total cost over {SCRATCH_ORACLE}", over),
        _oracle_figure(f"{title}: total cost over {BOTH_ORACLE}", over_both),
        _figure(f"{title}: total cost over the best fixed policy's, mean", _over_fixed(rounds, dear=False), "<", 1.0),
        _oracle_figure(f"{title}, compute dear: total cost over {SCRATCH_ORACLE}", dear),
        _oracle_figure(f"{title}, compute dear: total cost over {BOTH_ORACLE}", dear_both),
        _figure(
            f"{title}, compute dear: total cost over the best fixed policy's, mean",
            _over_fixed(rounds, dear=True),
            "<",
            1.0,
        ),
        _figure(f"{title}: streams below the frozen champion or the simple model", _below(rounds), "<=", 0.0),
        _figure(f"{title}: all policies over the dearest, CPU, most", speed, "<=", 3.0),
    ]


def per_stream(rounds: Sequence[Round], of: Callable[[Round], float | None]) -> dict[str, float | None]:
    """The mean over seeds by stream; None where it is unknown for a seed."""
    names = list(dict.fromkeys(one.source.name for one in rounds))
    return {name: mean_of([of(one) for one in rounds if one.source.name == name]) for name in names}


def gain_of(one: Round, policy: str) -> float | None:
    """The share of what scratch at every window gains; None where that gains nothing."""
    line = one.compared.line(policy)
    return None if line is None else line.gain_share


def _total(compared: Comparison) -> float:
    line = compared.line(DEFAULT)
    assert line is not None
    return line.total


def _over_fixed(rounds: Sequence[Round], *, dear: bool) -> float:
    """The default's total, as a share of the oracle's and on the mean of the streams, over the best fixed policy's."""

    def mean(policy: str) -> float:
        values = []
        for one in rounds:
            compared = one.dear if dear else one.compared
            line = compared.line(policy)
            assert line is not None
            values.append(line.total / compared.oracle.total)
        return float(np.mean(values))

    return mean(DEFAULT) / min(mean(policy) for policy in FIXED)


def _below(rounds: Sequence[Round]) -> float:
    """Streams on which the default ends below the frozen first champion or the simple model, on the mean of seeds."""

    def worst(one: Round) -> float:
        line = one.compared.line(DEFAULT)
        assert line is not None
        accuracy = one.compared.metric == "accuracy"
        simple = one.simple - (1.0 - line.score if accuracy else line.score)
        return min(line.gain, simple)

    return float(sum((value or 0.0) < 0.0 for value in per_stream(rounds, worst).values()))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _oracle_figure(name: str, by_stream: Mapping[str, float | None]) -> Figure:
    return _figure(name, mean_of(list(by_stream.values())), "<=", 1.15)


def _figure(name: str, value: float | None, sign: str, bound: float) -> Figure:
    return Figure(name=name, value=value, unit="share" if bound < 1 else "ratio", sign=sign, bound=bound)  # type: ignore[arg-type]  # a literal at every call
