from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from infra.memory import memory_ports
from infra.ports import Ports
from tests.unit.services.dashboard.building import Browser, browsing, lived_in


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    return lived_in(memory_ports(tmp_path / "artifacts"))


@pytest.fixture
def client(ports: Ports) -> Iterator[Browser]:
    with structlog.testing.capture_logs(), browsing(ports) as client:
        yield client
