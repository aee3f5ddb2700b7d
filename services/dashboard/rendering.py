"""Templates to answers: everything escaped, and a policy that lets the browser load our own style sheet alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from infra.display import wording
from monitoring.alerting import latest_at

_HERE = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Evidently's page brings its scripts with it: they run in an origin of their own, and can reach nothing."""


class Renderer:
    """Our templates, read once."""

    def __init__(self) -> None:
        self.assets = {path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir())}
        digest = hashlib.sha256(b"".join(self.assets.values())).hexdigest()[:16]
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for word in ("metric_name", "level", "interval", "money", "moment", "day", "month", "figure", "phrase"):
            self._templates.filters[word] = getattr(wording, word)
        self._templates.filters["latest_at"] = latest_at
        self._templates.globals["assets_version"] = digest

    def page(self, template: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
        """One page, ready to be sent."""
        html = self._templates.get_template(template).render(values)
        return HTMLResponse(html, status, headers={"Content-Security-Policy": PAGE_POLICY})
