from __future__ import annotations

from pathlib import Path
from urllib.request import proxy_bypass

import pytest

from infra.installation import shared_environment
from infra.settings import Settings


@pytest.mark.parametrize(
    ("before", "listed"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "intra.example"}, "intra.example,127.0.0.1,localhost"),
        ({"NO_PROXY": "unread.example", "no_proxy": "intra.example"}, "intra.example,127.0.0.1,localhost"),
    ],
)
def test_no_program_asks_a_proxy_for_our_own_servers(
    before: dict[str, str], listed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**before, "http_proxy": "http://proxy.example:3128"}.items():
        monkeypatch.setenv(name, value)
    environment = shared_environment(Settings(home=tmp_path), prefect_port=4200)
    assert environment["NO_PROXY"] == environment["no_proxy"] == listed
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, environment[name])
    assert proxy_bypass("127.0.0.1:4200")
