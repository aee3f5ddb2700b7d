"""One `ports` for each adapter: the double, SQLite, PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from infra.memory import memory_ports
from infra.ports import Ports
from infra.wiring import ports_on


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Ports:
    """Empty ports; tracker and registry are the doubles, which have suites of their own."""
    doubles = memory_ports(tmp_path / "artifacts")
    if request.param == "memory":
        return doubles
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return ports_on(engine, tmp_path / "snapshots", doubles.artifacts, doubles.tracking, doubles.registry)
