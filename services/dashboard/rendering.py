"""Templates to HTML: everything escaped, and policies that let the browser load our own files alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.display import wording
from monitoring.alerting import latest_at
from services.dashboard.assets import Assets

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = ("metric_name", "level", "interval", "money", "moment", "day", "month", "figure", "phrase")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Evidently's page brings its scripts with it: they run in an origin of their own, and can reach nothing."""


class Renderer:
    """Our templates, read once."""

    def __init__(self, assets: Assets) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update({word: getattr(wording, word) for word in _WORDS})
        self._templates.filters["latest_at"] = latest_at
        self._templates.filters["iso"] = iso
        self._templates.globals["asset"] = assets.address

    def html(self, template: str, values: Mapping[str, object]) -> str:
        """One page.

        Raises:
            jinja2.UndefinedError: the template names a value that is not given.
        """
        return self._templates.get_template(template).render(values)


def iso(at: datetime) -> str:
    """A moment as `<time datetime>` and sorting want it, to the second in UTC.

    >>> iso(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    '2026-03-01T09:05:00Z'
    """
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
