"""What every `ports.Keys` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from infra.domain.access import ApiKey
from infra.domain.errors import Conflict, NotFound
from infra.ports import Ports
from tests.contracts.building import NOON, after, api_key


def test_keys_come_back_oldest_first(ports: Ports) -> None:
    keys = [
        api_key("line", roles=("predict", "label"), created_at=after(2)),
        api_key("desk", roles=("operate",), created_at=after(1), per_minute=600),
        api_key("audit", roles=(), created_at=after(1)),
    ]
    for key in keys:
        ports.keys.add(key)
    assert ports.keys.all() == [keys[1], keys[2], keys[0]]


def test_a_revoked_key_is_kept_with_its_moment(ports: Ports) -> None:
    ports.keys.add(api_key("line"))
    ports.keys.add(api_key("desk"))
    moment = after(3).astimezone(timezone(timedelta(hours=2)))
    gone = replace(api_key("line"), revoked_at=after(3))
    assert ports.keys.revoke("line", moment) == gone
    assert ports.keys.all() == [gone, api_key("desk")]


def test_a_name_is_free_again_once_its_key_is_revoked(ports: Ports) -> None:
    ports.keys.add(api_key("line"))
    with pytest.raises(Conflict, match="'line'"):
        ports.keys.add(api_key("line", id="second"))
    ports.keys.revoke("line", after(1))
    ports.keys.add(api_key("line", id="second", created_at=after(2)))
    ports.keys.revoke("line", after(3))
    assert [(key.id, key.revoked_at) for key in ports.keys.all()] == [("line", after(1)), ("second", after(3))]


def test_an_id_is_used_once(ports: Ports) -> None:
    ports.keys.add(api_key("line"))
    with pytest.raises(Conflict, match="'line'"):
        ports.keys.add(api_key("desk", id="line"))
    assert ports.keys.all() == [api_key("line")]


def test_only_a_valid_key_can_be_revoked(ports: Ports) -> None:
    ports.keys.add(api_key("line"))
    ports.keys.revoke("line", NOON)
    for name in ("line", "nobody"):
        with pytest.raises(NotFound, match=name):
            ports.keys.revoke(name, after(1))
    assert [key.revoked_at for key in ports.keys.all()] == [NOON]


def test_of_several_adders_of_one_name_one_succeeds(ports: Ports) -> None:
    def add(turn: int) -> ApiKey | None:
        try:
            ports.keys.add(api_key("line", id=f"key {turn}"))
        except Conflict:
            return None
        return api_key("line", id=f"key {turn}")

    with ThreadPoolExecutor(5) as pool:
        added = [key for key in pool.map(add, range(5)) if key is not None]
    assert len(added) == 1
    assert ports.keys.all() == added
