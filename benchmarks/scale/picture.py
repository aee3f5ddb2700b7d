"""Costs against amounts of work on logarithmic axes, as SVG. It measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path

from benchmarks.scale.growth import Curve, growth_of

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 300, 64, 40
_LINE = 16
_COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#57606a", "#bf3989", "#1b7c83")
_STYLE = "text{font:12px system-ui,sans-serif;fill:#24292f}.axis{stroke:#d0d7de}.line{fill:none;stroke-width:2}"


def write_picture(curves: Sequence[Curve], path: Path) -> None:
    """One panel for each kind of work and unit, below each other."""
    kinds = list(dict.fromkeys((curve.work, curve.unit) for curve in curves))
    panels, top = [], 0
    for work, unit in kinds:
        panel, height = _panel([curve for curve in curves if (curve.work, curve.unit) == (work, unit)], top)
        panels.append(panel)
        top += height
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}">'
    body = "".join(panels)
    path.write_text(f'{head}<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n')


def _panel(curves: Sequence[Curve], top: int) -> tuple[str, int]:
    """The panel and its height."""
    legend = _LINE * (len(curves) + 1)
    xs = [amount for curve in curves for amount in curve.amounts]
    ys = [max(cost, 1e-9) for curve in curves for cost in curve.costs]
    across = _Axis(xs, LEFT, WIDTH - 20)
    up = _Axis(ys, top + legend + HEIGHT - BOTTOM, top + legend + 24)
    parts = [f'<text x="{LEFT}" y="{top + _LINE}">{escape(curves[0].unit)} over {escape(curves[0].work)}</text>']
    parts += [
        f'<line class="axis" x1="{across.at(mark):.0f}" x2="{across.at(mark):.0f}" y1="{up.near:.0f}" '
        f'y2="{up.far:.0f}"/><text x="{across.at(mark):.0f}" y="{up.near + 18:.0f}" text-anchor="middle">'
        f"{mark:g}</text>"
        for mark in across.marks
    ]
    parts += [
        f'<line class="axis" x1="{across.near:.0f}" x2="{across.far:.0f}" y1="{up.at(mark):.0f}" '
        f'y2="{up.at(mark):.0f}"/><text x="{LEFT - 6}" y="{up.at(mark) + 4:.0f}" text-anchor="end">{mark:g}</text>'
        for mark in up.marks
    ]
    for place, curve in enumerate(curves):
        colour = _COLOURS[place % len(_COLOURS)]
        dots = [(across.at(x), up.at(max(y, 1e-9))) for x, y in zip(curve.amounts, curve.costs, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        parts.append(f'<polyline class="line" stroke="{colour}" points="{line}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
        found = growth_of(curve)
        words = f"{curve.name}: exponent {found.exponent:.2f} ({found.low:.2f} to {found.high:.2f})"
        parts.append(f'<text x="{LEFT}" y="{top + _LINE * (place + 2)}" style="fill:{colour}">{escape(words)}</text>')
    return "".join(parts), HEIGHT + legend


class _Axis:
    """Numbers above 0 on a logarithmic axis from `near` to `far`, whole decades."""

    def __init__(self, values: Sequence[float], near: float, far: float) -> None:
        self.near, self.far = near, far
        self._low = floor(log10(min(values)))
        self._high = max(ceil(log10(max(values))), self._low + 1)

    @property
    def marks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

    def at(self, value: float) -> float:
        return self.near + (self.far - self.near) * (log10(value) - self._low) / (self._high - self._low)
