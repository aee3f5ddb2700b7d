"""The account of a model as one HTML file that needs nothing beside it. Everything in it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from infra.display.wording import money
from infra.domain.windows import PerformanceReport, Window
from services.accounts.months import budget_line
from services.cli.account_text import origin_words, serving_words
from services.cli.lines import drift_words, performance_words
from services.cli.moments import shown

if TYPE_CHECKING:
    from services.cli.account import Account

WIDTH, HEIGHT, MARGIN = 860.0, 220.0, 44.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A line of the headline metric with its interval, in the units of a `WIDTH` × `HEIGHT` drawing."""

    line: str
    """`x,y` pairs, as SVG writes them."""
    band: str
    top: str
    bottom: str
    first: str
    last: str


def account_page(told: Account) -> str:
    """The page's text."""
    environment = Environment(
        loader=PackageLoader("services.cli", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=shown, drift=drift_words, performance=performance_words)
    environment.globals.update(money=money)
    return environment.get_template("report.html").render(
        told=told,
        spec=told.spec,
        serving=serving_words(told),
        origin=origin_words(told),
        budget=budget_line(told.spec.model, told.month) if told.month else "nothing was spent yet",
        chart=chart_of(told.windows),
        width=WIDTH,
        height=HEIGHT,
        margin=MARGIN,
    )


def chart_of(windows: Sequence[Window]) -> Chart | None:
    """The measured windows as a chart; None for fewer than two."""
    measured = [(window, window.performance) for window in windows if window.performance is not None]
    if len(measured) < 2:
        return None
    low = min(figures.low for _, figures in measured)
    high = max(figures.high for _, figures in measured)
    span = (high - low) or 1.0
    step = (WIDTH - 2 * MARGIN) / (len(measured) - 1)

    def point(place: int, value: float) -> str:
        return f"{MARGIN + place * step:.1f},{MARGIN + (1 - (value - low) / span) * (HEIGHT - 2 * MARGIN):.1f}"

    upper = [point(place, figures.high) for place, (_, figures) in enumerate(measured)]
    lower = [point(place, figures.low) for place, (_, figures) in enumerate(measured)]
    figures = measured[0][1]
    return Chart(
        line=" ".join(point(place, one.value) for place, (_, one) in enumerate(measured)),
        band=" ".join([*upper, *reversed(lower)]),
        top=_level(figures, high),
        bottom=_level(figures, low),
        first=shown(measured[0][0].end),
        last=shown(measured[-1][0].end),
    )


def _level(figures: PerformanceReport, value: float) -> str:
    return f"{value:.1%}" if figures.metric == "accuracy" else f"{value:.3g}"
