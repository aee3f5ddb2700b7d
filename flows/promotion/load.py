"""Can the service take the bundle up, and afford it? An infrastructure blessing (Baylor et al. 2017, TFX)."""

from __future__ import annotations

from flows.promotion.comparison import Answered, Load
from infra.domain.decisions import Reason
from infra.spec import Promotion

MEGABYTE = 1_000_000
NOT_FELT_SECONDS = 0.001
"""A row answered within this time is quick enough, however quick the champion is."""


def load_rules(load: Load | None, rules: Promotion) -> list[Reason]:
    """Taken up and answering, within the limits of time and size; nothing where it was not tried."""
    if load is None:
        return []
    return [_answers(load), *_time(load, rules), *_size(load, rules)]


def _answers(load: Load) -> Reason:
    passed = not load.problem
    found = "taken up from its stored bytes, it gave its example's answer" if passed else load.problem
    text = f"In the code that serves: {found}."
    return Reason(rule="serves", passed=passed, figure=None, limit=None, text=text)


def _time(load: Load, rules: Promotion) -> list[Reason]:
    if load.candidate is None:
        return []
    took, most = load.candidate.seconds, rules.max_answer_ms / 1_000
    text = f"It answers a row in {_milliseconds(load.candidate)}"
    if load.champion is not None:
        most = min(most, max(NOT_FELT_SECONDS, rules.max_answer_ratio * load.champion.seconds))
        text += f", the champion in {_milliseconds(load.champion)}"
    text += f"; {most * 1_000:.3g} ms are allowed."
    return [Reason(rule="answer_time", passed=took <= most, figure=took, limit=most, text=text)]


def _size(load: Load, rules: Promotion) -> list[Reason]:
    if load.candidate is None:
        return []
    size, most = load.candidate.size_bytes / MEGABYTE, rules.max_bundle_mb
    text = f"Its bundle has {size:.3g} MB; {most:g} MB are allowed."
    return [Reason(rule="bundle_size", passed=size <= most, figure=size, limit=most, text=text)]


def _milliseconds(answered: Answered) -> str:
    return f"{answered.seconds * 1_000:.3g} ms"
