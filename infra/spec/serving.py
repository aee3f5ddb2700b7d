"""The section `serving` of a model file: how answers are given and kept."""

from __future__ import annotations

from typing import Literal

from infra.spec.section import Section, Share
from infra.spec.spans import Span


class Serving(Section):
    """How answers are given and kept."""

    logging: Literal["durable", "relaxed"] = "durable"
    """`relaxed` answers before the prediction is on disk: a crash may lose the last moments."""
    abstain_below: Share | None = None
    """Answers less confident than this are marked `abstained` and come first in the labelling queue."""
    shadow: Share = 0.1
    """Share of the traffic that a challenger answers unseen."""
    canary: Share = 0.0
    """Share of the ids that a challenger answers instead of the champion."""
    keep: Span | None = None
    """Predictions older than this in event time are removed, with their labels and what was said beside them, once no
    window, probation or training needs them; omitted: they are kept."""
