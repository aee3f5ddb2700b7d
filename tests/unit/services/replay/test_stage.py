from __future__ import annotations

from pathlib import Path

import pytest

from infra.domain.errors import Refused
from infra.settings import Settings
from services.replay.stage import MARK, fresh_home

OUTER = Settings(database_url="postgresql://somewhere", mlflow_uri="http://somewhere", port=9)


def test_a_replay_has_a_home_of_its_own_and_touches_no_other_database(tmp_path: Path) -> None:
    settings = fresh_home(OUTER, tmp_path / "replay")
    assert settings.home == tmp_path / "replay"
    assert settings.database.startswith(f"sqlite:///{tmp_path}")
    assert settings.mlflow.startswith(f"sqlite:///{tmp_path}")
    assert settings.port == 9


def test_the_next_replay_replaces_the_last(tmp_path: Path) -> None:
    fresh_home(OUTER, tmp_path / "replay")
    (tmp_path / "replay" / "keepsharp.db").write_text("old")
    fresh_home(OUTER, tmp_path / "replay")
    assert [path.name for path in (tmp_path / "replay").iterdir()] == [MARK]


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="--home"):
        fresh_home(OUTER, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
