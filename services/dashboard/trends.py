"""Further figures of each window, as lines the height of a word: labels, their delay, confident errors, calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.display.wording import Metric, figure
from infra.domain.windows import Window
from services.dashboard.scene import measured
from services.dashboard.sparkline import Sparkline, sparkline

MOST_WINDOWS = 120
"""The newest so many windows are drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """One figure over the windows; `window` is the last that has it."""

    name: str
    now: str
    line: Sparkline
    summary: str
    window: int


Value = Callable[[Window], float | None]


def trends_of(windows: Sequence[Window], shares: Mapping[int, float], metric: Metric) -> list[Trend]:
    """Those figures that some window has, oldest window first; a figure that none has is left out."""
    rows: list[tuple[str, Value, Callable[[float], str]]] = [
        ("Labels come for", _coverage, percent),
        ("Labels come after", lambda window: _feedback(window), span),
        ("Columns drifted", lambda window: shares.get(window.index), percent),
    ]
    if metric == "accuracy":
        rows += [
            ("Confident errors", _confident, percent),
            ("Calibration error", lambda window: _other(window, "ece"), percent),
        ]
    else:
        rows += [
            ("Truth within the interval", lambda window: _other(window, "interval_coverage"), percent),
            ("Root mean squared error", lambda window: _other(window, "rmse"), figure),
            ("Bias", lambda window: _other(window, "bias"), figure),
        ]
    return [found for row in rows if (found := _trend(windows[-MOST_WINDOWS:], *row)) is not None]


def percent(share: float) -> str:
    """A share of a whole.

    >>> percent(0.9412), percent(0.004), percent(0.0)
    ('94%', '0.4%', '0%')
    """
    return f"{100 * share:.0f}%" if share >= 0.1 or share == 0.0 else f"{100 * share:.1f}%"


def span(seconds: float) -> str:
    """How long something took, in the unit that a person would use.

    >>> [span(seconds) for seconds in (0.4, 42, 5400, 200_000)]
    ['0.4 s', '42 s', '1.5 h', '2.3 days']
    """
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 1.5 * size or (unit != "days" and seconds >= size):
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"


def _trend(windows: Sequence[Window], name: str, value: Value, words: Callable[[float], str]) -> Trend | None:
    found = [(window.index, number) for window in windows if (number := value(window)) is not None]
    line = sparkline([number for _, number in found], None)
    if line is None:
        return None
    numbers = [number for _, number in found]
    span_words = f"of {len(found)} windows: lowest {words(min(numbers))}, highest {words(max(numbers))}"
    return Trend(
        name=name,
        now=words(numbers[-1]),
        line=line,
        summary=f"{name} {span_words}, last {words(numbers[-1])}",
        window=found[-1][0],
    )


def _coverage(window: Window) -> float | None:
    found = measured(window)
    return found.labelled / found.rows if found is not None and found.rows else None


def _feedback(window: Window) -> float | None:
    return window.feedback.delay_median_seconds if window.feedback is not None else None


def _confident(window: Window) -> float | None:
    found = measured(window)
    return found.confident_errors / found.labelled if found is not None and found.labelled else None


def _other(window: Window, name: str) -> float | None:
    found = measured(window)
    return found.others.get(name) if found is not None else None
