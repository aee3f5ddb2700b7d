"""A run of this benchmark as a page of the lab."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.monitoring.parts import table_of
from benchmarks.policies.figures import FIXED, gain_of, per_stream
from benchmarks.policies.rounds import DEFAULT, GATED, Round
from benchmarks.serving.figures import Figure


def render(command: str, rounds: Sequence[Round], figures: Sequence[Figure]) -> str:
    """Figures beside their targets, then how every policy fared on every stream."""
    seeds = len({one.seed for one in rounds})
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch", "scikit-learn"))
    rows = [(one.name, _show(one.value), one.unit, one.target, _held(one.holds)) for one in figures]
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d}: when to retrain",
        "",
        f"    {command}",
        "",
        f"{os.cpu_count()} cores; Python {platform.python_version()}, {packages}; one torch thread; {seeds} seeds. "
        "Labels come one window late; what is trained serves from the next window on, without a gate, but for the last "
        "row: the default as the service runs it, its updates with the epochs of the model file, judged on held-out "
        "rows before they serve.",
        "",
        table_of(("figure", "found", "unit", "target", "holds"), rows),
    ]
    for title, cells in (("score", _score), ("gain, share", _gain), ("compute, share", _share), ("total", _total)):
        lines += ["", f"### {title}", "", _table(rounds, cells)]
    return "\n".join([*lines, ""])


def _table(rounds: Sequence[Round], cell: object) -> str:
    assert callable(cell)
    policies = (*FIXED, DEFAULT, GATED)
    by_policy = {policy: per_stream(rounds, lambda one, policy=policy: cell(one, policy)) for policy in policies}  # type: ignore[misc]
    names = list(dict.fromkeys(one.source.name for one in rounds))
    rows = [(policy, *(_show(by_policy[policy][name]) for name in names)) for policy in policies]
    return table_of(("policy", *names), rows)


def _score(one: Round, policy: str) -> float | None:
    line = one.compared.line(policy)
    return None if line is None else line.score


def _gain(one: Round, policy: str) -> float | None:
    return gain_of(one, policy)


def _share(one: Round, policy: str) -> float | None:
    return one.shares.get(policy)


def _total(one: Round, policy: str) -> float | None:
    line = one.compared.line(policy)
    return None if line is None else line.total / one.compared.oracle.total


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _held(holds: bool | None) -> str:
    return "unknown" if holds is None else "yes" if holds else "**no**"
