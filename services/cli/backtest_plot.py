"""A backtest as a picture: accuracy against compute, the frontier marked, as SVG alone or in a page with its table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log10
from pathlib import Path

from flows.backtest.comparing import Comparison, Line
from infra.domain.errors import Mistake, SpecError
from services.cli.backtest_text import as_text

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 200, 40, 56
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#24292f}.axis{stroke:#8c959f;stroke-width:1}"
    ".edge{fill:none;stroke:#0969da;stroke-width:1.5;stroke-dasharray:5 3}.on{fill:#0969da}.off{fill:#8c959f}"
    ".best{fill:none;stroke:#1a7f37;stroke-width:2}.limit{stroke:#cf222e;stroke-dasharray:2 3}"
)
LEAST_SECONDS = 1e-3
"""Where the logarithmic axis begins: `never` costs next to nothing."""


def require_kind(path: Path) -> None:
    """Raise SpecError for a file that is neither SVG nor HTML, or lies in no folder."""
    problem = ""
    if path.suffix.lower() not in (".svg", ".html"):
        problem = f"`{path}` ends neither in .svg nor in .html: name such a file"
    elif not path.absolute().parent.is_dir():
        problem = f"`{path.parent}` is no folder: make it first"
    if problem:
        raise SpecError("the command line", [Mistake(where="--plot", line=None, problem=problem)])


def write_plot(found: Comparison, model: str, path: Path) -> None:
    """Write the picture, or the page around it."""
    picture = as_svg(found, model)
    if path.suffix.lower() == ".html":
        table = escape(as_text(found, model))
        title = escape(f"{model}: backtest of retraining policies")
        picture = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f'<body style="font-family:system-ui,sans-serif;margin:2rem"><h1>{title}</h1>{picture}'
            f"<pre>{table}</pre></body></html>\n"
        )
    path.write_text(picture, encoding="utf-8")


def as_svg(found: Comparison, model: str) -> str:
    """Compute to the right on a logarithmic axis, better figures upwards; the dashed line is the frontier."""
    across = _Axis([max(one.cpu_seconds, LEAST_SECONDS) for one in found.lines], LEFT, WIDTH - RIGHT, logarithmic=True)
    scores = [one.score for one in found.lines] + [found.oracle_score]
    low, high = (HEIGHT - BOTTOM, TOP) if found.metric == "accuracy" else (TOP, HEIGHT - BOTTOM)
    up = _Axis(scores, low, high)
    edge = sorted((one for one in found.lines if one.on_frontier), key=lambda one: one.cpu_seconds)
    points = " ".join(f"{across.at(max(one.cpu_seconds, LEAST_SECONDS)):.1f},{up.at(one.score):.1f}" for one in edge)
    limit = up.at(found.oracle_score)
    name = "Accuracy" if found.metric == "accuracy" else "Mean absolute error"
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" ',
            f'height="{HEIGHT}" role="img" aria-label="{escape(model)}: accuracy against compute by policy">',
            f"<style>{_STYLE}</style>",
            f'<text x="{LEFT}" y="20">{escape(model)}: {name.lower()} against CPU seconds, by policy</text>',
            *_axes(across, up, found.metric),
            f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{limit:.1f}" y2="{limit:.1f}"/>',
            f'<text x="{WIDTH - RIGHT + 6}" y="{limit + 4:.1f}">oracle</text>',
            f'<polyline class="edge" points="{points}"/>',
            *_dots(found, across, up),
            "</svg>\n",
        ]
    )


class _Axis:
    """From figures to pixels, with a little room at both ends."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, logarithmic: bool = False) -> None:
        self._log, self._start, self._end = logarithmic, start, end
        low, high = (self._of(value) for value in (min(values), max(values)))
        room = 0.06 * (high - low) or max(0.5 * abs(high), 1e-9)
        self._low, self._high = low - room, high + room

    def at(self, value: float) -> float:
        """Pixels."""
        share = (self._of(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Four figures, evenly over the axis."""
        steps = [self._low + (self._high - self._low) * place / 3 for place in range(4)]
        return [10.0**step for step in steps] if self._log else steps

    def _of(self, value: float) -> float:
        return log10(value) if self._log else value


def _axes(across: _Axis, up: _Axis, metric: str) -> list[str]:
    floor = HEIGHT - BOTTOM
    parts = [f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>']
    parts += [
        f'<text x="{across.at(tick):.1f}" y="{floor + 18}" text-anchor="middle">{tick:.3g}</text>'
        for tick in across.ticks()
    ]
    parts += [
        f'<text x="{LEFT - 6}" y="{up.at(tick) + 4:.1f}" text-anchor="end">'
        f"{f'{tick:.1%}' if metric == 'accuracy' else f'{tick:.4g}'}</text>"
        for tick in up.ticks()
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [
        *parts,
        f'<text x="{middle:.0f}" y="{HEIGHT - 14}" text-anchor="middle">CPU seconds, deciding included</text>',
    ]


def _dots(found: Comparison, across: _Axis, up: _Axis) -> list[str]:
    """Each policy; labels that would overlap are moved down."""
    parts, taken = [], -100.0
    for one in sorted(found.lines, key=lambda line: up.at(line.score)):
        x, y = across.at(max(one.cpu_seconds, LEAST_SECONDS)), up.at(one.score)
        label = max(y, taken + 14)
        taken = label
        parts.append(f'<circle class="{"on" if one.on_frontier else "off"}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        if one.policy == found.recommended:
            parts.append(f'<circle class="best" cx="{x:.1f}" cy="{y:.1f}" r="8"/>')
        parts.append(f'<text x="{x + 10:.1f}" y="{label + 4:.1f}">{escape(_named(one))}</text>')
    return parts


def _named(one: Line) -> str:
    return f"{one.policy}{' *' if one.on_frontier else ''}"
