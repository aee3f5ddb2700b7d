from __future__ import annotations

import pytest

from services.line.production import Production, produce
from services.line.scenario import Scenario, default_scenario


@pytest.fixture(scope="package")
def steady() -> Production:
    return produce(Scenario(rows=2400), seed=3)


@pytest.fixture(scope="package")
def drifting() -> Production:
    return produce(default_scenario(), seed=3)
