"""What anybody may send: Schemathesis holds the service to its own OpenAPI document, by what it allows and forbids."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.chaos.document import examine
from tests.chaos.ground import Ground
from tests.chaos.toll import Toll
from tests.integration.listening import documented


def run(ground: Ground) -> Iterator[Toll]:
    """Once, on SQLite."""
    began, folder = time.monotonic(), ground.folder / "document"
    folder.mkdir()
    with documented(folder) as (url, secret):
        problems = examine(url, secret, folder, examples=ground.effort.examples, seed=ground.seed)
    yield Toll(
        fault="document",
        database="sqlite",
        trials=ground.effort.examples,
        seconds=time.monotonic() - began,
        losses=tuple(problems),
        note="examples for each operation",
    )
