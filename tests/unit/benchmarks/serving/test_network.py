"""Every system is asked the same, and answers are held against the network itself."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.serving.dialects import ARRAY, BARE_LIST, FRAME, MATRIX, NAMED, OPEN_INFERENCE, Dialect
from benchmarks.serving.network import CLASSES, FEATURES, expected_classes, make_bundle, make_rows, write_for_peers
from benchmarks.serving.peers.network import Network


def test_a_plain_network_gives_the_bundles_answers(tmp_path: Path) -> None:
    bundle = make_bundle(seed=1)
    rows = make_rows(200)
    expected = expected_classes(bundle, rows)
    assert Network(write_for_peers(bundle, tmp_path)).classify(rows) == expected
    assert set(expected) == set(CLASSES)


def test_rows_are_the_same_at_every_call_and_begin_alike() -> None:
    assert make_rows(3) == make_rows(3) == make_rows(100)[:3]


@pytest.mark.parametrize("dialect", [NAMED, FRAME, ARRAY, MATRIX, OPEN_INFERENCE, BARE_LIST])
def test_every_dialect_carries_every_value(dialect: Dialect) -> None:
    rows = make_rows(2)
    sent = dialect.write(rows).decode()
    assert all(orjson.dumps(value).decode() in sent for row in rows for value in row)
    assert orjson.loads(sent)


def test_named_rows_name_every_feature() -> None:
    assert set(orjson.loads(NAMED.write(make_rows(1)))["rows"][0]["features"]) == set(FEATURES)
