from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines of these tests run on asyncio, as uvicorn does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """Log events of the test, instead of lines on the terminal."""
    with structlog.testing.capture_logs() as events:
        yield events
