"""The page of the Prometheus metrics, from the registry that serves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.inference.metrics import Metrics
from tests.reference.markdown import code, page, table

INTRODUCTION = """
`GET /metrics` answers in the text format of Prometheus. What is not known is left out, never 0;
`keepsharp_database_answers` says whether the figures of monitoring are known at all. Rules and a ready
`prometheus.yml` lie in `infra/prometheus`.
"""


def metrics_page() -> str:
    """The page."""
    return page("Metrics", INTRODUCTION, table(("metric", "kind", "labels", "what it is"), _metrics()))


def _metrics() -> Iterator[tuple[str, str, str, str]]:
    registry = Metrics().registry
    names = {name: collector for collector, named in _collectors(registry) for name in named}
    for family in registry.collect():
        asked: Any = names.get(family.name)
        labels = getattr(family, "_labelnames", None) or getattr(asked, "_labelnames", ())
        name = family.name + "_total" * (family.type == "counter")
        yield code(name), family.type, ", ".join(code(label) for label in labels or ()), family.documentation


def _collectors(registry: Any) -> Iterator[tuple[Any, list[str]]]:
    """The client keeps the names of labels to itself until something is counted; only its own fields have them."""
    yield from registry._collector_to_names.items()
