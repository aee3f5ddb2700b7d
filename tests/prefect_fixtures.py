"""One Prefect server for the whole session: it takes 16–30 s to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.telemetry import switch_off_telemetry

START_SECONDS = 180


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Flows called in this process report to a server of their own, with its own database."""
    switch_off_telemetry()
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=START_SECONDS):
        yield
