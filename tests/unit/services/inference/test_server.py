from __future__ import annotations

import pytest
import torch

from infra.domain.errors import Refused
from infra.ports import Ports
from infra.settings import Settings
from services.inference.server import require_loopback, serve


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_permission(host: str) -> None:
    require_loopback(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "keepsharp.example", ""])
def test_any_other_address_is_refused_before_anything_is_opened(host: str) -> None:
    def no_ports(_: Settings) -> Ports:
        raise AssertionError("nothing may be opened")

    threads = torch.get_num_threads()
    with pytest.raises(Refused, match="KEEPSHARP_ALLOW_PUBLIC"):
        serve(Settings(host=host), no_ports)
    assert torch.get_num_threads() == threads
    require_loopback(Settings(host=host, allow_public=True))
