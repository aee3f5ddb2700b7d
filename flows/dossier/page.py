"""The dossier as one HTML file that needs nothing beside it: no script, no font, no picture from elsewhere.

Everything is escaped. The page is made of the dossier alone, so that an old one can be printed again from its JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from flows.dossier.words import next_step_words, quantity_words
from infra.display import wording
from infra.display.curve_picture import draw_curve, share_name
from infra.display.wording import Metric
from infra.domain.dossier import Dossier

WIDE, NARROW = 720, 340
_KINDS = {"promote": "promoted", "reject": "rejected"}


def dossier_page(dossier: Dossier) -> str:
    """The page."""
    metric: Metric = "accuracy" if dossier.task == "classification" else "mae"
    curve = dossier.learning_curve
    return (
        _environment()
        .get_template("dossier.html")
        .render(
            dossier=dossier,
            metric=metric,
            levels=levels_of(dossier, metric),
            verdict=_KINDS.get(dossier.decided.kind, dossier.decided.kind),
            pictures={}
            if curve is None or len(curve.points) < 2
            else {"wide": draw_curve(curve, WIDE), "narrow": draw_curve(curve, NARROW, 260)},
            next_step=None if curve is None else next_step_words(curve),
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One model's level on the held-out rows, and the width of its bar in per cent."""

    name: str
    value: float
    width: float


def levels_of(dossier: Dossier, metric: Metric) -> list[Level]:
    """The network beside what served before and the simple model, as far as each was measured."""
    before = f"Before: version {dossier.decided.previous_version}"
    names = {
        f"holdout_{metric}": f"The network: version {dossier.version}",
        f"champion_{metric}": before,
        f"baseline_{metric}": f"The simple model: {dossier.simple_model.replace('_', ' ')}".rstrip(": "),
    }
    found = {name: dossier.metrics[figure] for figure, name in names.items() if figure in dossier.metrics}
    most = 1.0 if metric == "accuracy" else max(found.values(), default=0.0) or 1.0
    return [Level(name=name, value=value, width=round(100 * value / most, 1)) for name, value in found.items()]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for word in ("metric_name", "level", "interval", "money", "moment", "day", "figure", "phrase"):
        environment.filters[word] = getattr(wording, word)
    environment.filters["quantity"] = quantity_words
    environment.filters["share_name"] = share_name
    return environment
