from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines of these tests run on asyncio, as uvicorn does."""
    return "asyncio"
