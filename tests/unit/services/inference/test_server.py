from __future__ import annotations

from pathlib import Path

import pytest
import torch

from infra.domain.errors import Refused
from infra.memory import memory_ports
from infra.ports import Ports
from infra.settings import Settings
from services.inference.api_keys import mint_key
from services.inference.server import require_key, require_permission, serve
from tests.unit.services.inference.building import NOW

OTHERS = ["0.0.0.0", "::", "192.168.1.4", "keepsharp.example", ""]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
@pytest.mark.parametrize("access", ["auto", "open", "keys"])
def test_loopback_needs_no_permission_and_no_key(tmp_path: Path, host: str, access: str) -> None:
    settings = Settings(host=host, access=access)
    require_permission(settings)
    require_key(settings, memory_ports(tmp_path).keys)


@pytest.mark.parametrize("host", OTHERS)
def test_another_address_without_keys_is_refused_before_anything_is_opened(host: str) -> None:
    def no_ports(_: Settings) -> Ports:
        raise AssertionError("nothing may be opened")

    threads = torch.get_num_threads()
    with pytest.raises(Refused, match="KEEPSHARP_ALLOW_PUBLIC"):
        serve(Settings(host=host, access="open"), no_ports)
    assert torch.get_num_threads() == threads
    require_permission(Settings(host=host, access="open", allow_public=True))


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("allow_public", [False, True])
def test_another_address_wants_a_key_that_works(tmp_path: Path, host: str, allow_public: bool) -> None:
    settings, keys = Settings(host=host, allow_public=allow_public), memory_ports(tmp_path).keys
    require_permission(settings)
    keys.add(mint_key("old", ["admin"], at=NOW).key)
    require_key(settings, keys)
    keys.revoke("old", NOW)
    with pytest.raises(Refused, match="keepsharp keys create"):
        require_key(settings, keys)


def test_a_service_that_nobody_could_open_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="keepsharp keys create"):
        serve(Settings(host="0.0.0.0"), lambda _: memory_ports(tmp_path))
