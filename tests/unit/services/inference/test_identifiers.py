from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from services.inference.identifiers import time_ordered_id
from tests.unit.services.inference.building import NOW


def test_ids_are_version_7_differ_and_sort_by_time() -> None:
    ids = [time_ordered_id(NOW + timedelta(milliseconds=step)) for step in range(200)]
    assert ids == sorted(ids)
    assert {uuid.UUID(one).version for one in ids} == {7}
    assert {uuid.UUID(one).variant for one in ids} == {uuid.RFC_4122}
    assert len({time_ordered_id(NOW) for _ in range(200)}) == 200


def test_a_moment_before_1970_still_gives_an_id() -> None:
    assert uuid.UUID(time_ordered_id(datetime(1950, 1, 1, tzinfo=UTC))).version == 7
