"""What each model file says about serving: its text is read once for each change.

It knows no database: the text is handed in.
"""

from __future__ import annotations

import structlog

from infra.domain.errors import SpecError
from infra.spec.registered import spec_as_registered
from infra.spec.serving import Serving as Rules

log = structlog.get_logger(__name__)


class ServingRules:
    """The rules in force, by model."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[str, Rules]] = {}

    def of(self, model: str, text: str | None) -> Rules:
        """What this text says; the defaults where there is none. A text that cannot be read changes nothing."""
        if text is None:
            return Rules()
        known = self._read.get(model)
        if known is None or known[0] != text:
            try:
                rules = spec_as_registered(text, model).serving
            except SpecError:
                log.exception("a stored model file cannot be read; its serving rules stay as they were", model=model)
                rules = known[1] if known is not None else Rules()
            self._read[model] = known = (text, rules)
        return known[1]
