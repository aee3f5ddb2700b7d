from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from infra.wiring import build_ports
from tests.contracts.building import alert, notice


def test_equal_settings_share_their_ports_and_others_do_not(tmp_path: Path) -> None:
    ports = build_ports(Settings(home=tmp_path, targets={"desk": "https://desk.example/hook"}))
    assert build_ports(Settings(home=tmp_path, targets={"desk": "https://desk.example/hook"})) is ports
    assert build_ports(Settings(home=tmp_path, targets={})) is not ports


def test_what_is_put_into_the_outbox_with_an_alert_is_found_there(tmp_path: Path) -> None:
    ports = build_ports(Settings(home=tmp_path))
    ports.alerts.save(alert("a"), [notice("n")])
    assert ports.outbox.page("grid", 10) == [notice("n")]
