from __future__ import annotations

from pathlib import Path

import orjson

from infra.spill.refused import Refused, count_refused
from tests.unit.infra.spill.building import some


def test_a_refused_prediction_is_one_line_with_its_reason(tmp_path: Path) -> None:
    refused = Refused(tmp_path)
    path = refused.add(some("a", features={"load": 3})[0], "it stands with other features")
    (line,) = path.read_bytes().splitlines()
    said = orjson.loads(line)
    assert said["reason"] == "it stands with other features"
    assert (said["prediction"]["id"], said["prediction"]["features"]) == ("a", {"load": 3})


def test_a_replay_that_was_cut_short_adds_nothing_twice(tmp_path: Path) -> None:
    one, other = some("a", "b")
    Refused(tmp_path).add(one, "no")
    again = Refused(tmp_path)
    assert again.rows == 1
    again.add(one, "no")
    again.add(other, "no")
    assert again.rows == 2
    assert count_refused(tmp_path) == 2


def test_where_there_is_no_file_nothing_was_refused(tmp_path: Path) -> None:
    assert Refused(tmp_path / "not there").rows == 0
    assert count_refused(tmp_path / "not there") == 0
