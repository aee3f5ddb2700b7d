from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.wiring import build_ports, forget_ports
from tests.contracts.building import alert, notice


def test_equal_settings_share_their_ports_and_others_do_not(tmp_path: Path) -> None:
    ports = build_ports(Settings(home=tmp_path, targets={"desk": "https://desk.example/hook"}))
    assert build_ports(Settings(home=tmp_path, targets={"desk": "https://desk.example/hook"})) is ports
    assert build_ports(Settings(home=tmp_path, targets={})) is not ports


def test_what_was_forgotten_is_built_anew(tmp_path: Path) -> None:
    ports = build_ports(Settings(home=tmp_path))
    forget_ports()
    assert build_ports(Settings(home=tmp_path)) is not ports


@pytest.mark.postgres
def test_ports_that_made_room_for_others_leave_no_connection_open(tmp_path: Path, postgres_url: str) -> None:
    build_ports(Settings(home=tmp_path, database_url=postgres_url))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(9):
            build_ports(Settings(home=tmp_path / str(number), database_url=""))
        gc.collect()


def test_what_is_put_into_the_outbox_with_an_alert_is_found_there(tmp_path: Path) -> None:
    ports = build_ports(Settings(home=tmp_path))
    ports.alerts.save(alert("a"), [notice("n")])
    assert ports.outbox.page("grid", 10) == [notice("n")]
