"""The installation's secret: made once, for its owner alone, the same for all processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.domain.errors import Unavailable
from infra.settings import Settings
from infra.signing import SECRET_BYTES, installation_signer, read_or_make


def test_all_who_come_at_once_get_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "home" / "signing.secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_or_make(path), range(32)))
    assert len(found) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["signing.secret"]


def test_what_is_signed_holds_after_a_restart_and_not_elsewhere(tmp_path: Path) -> None:
    signed = installation_signer(Settings(home=tmp_path / "a")).sign("form", "text")
    assert installation_signer(Settings(home=tmp_path / "a")).holds("form", "text", signed)
    assert not installation_signer(Settings(home=tmp_path / "b")).holds("form", "text", signed)


def test_nothing_is_written_where_the_secret_is_given(tmp_path: Path) -> None:
    installation_signer(Settings(home=tmp_path / "a", signing_secret="given")).sign("form", "text")
    assert not (tmp_path / "a").exists()


def test_a_secret_that_is_cut_short_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "signing.secret").write_bytes(b"x" * (SECRET_BYTES - 1))
    with pytest.raises(Unavailable, match="cut short"):
        installation_signer(Settings(home=tmp_path)).sign("form", "text")
