from __future__ import annotations

import re

from flows.desk import wall_clock
from flows.holding import held
from tests.unit.services.cli.commands.conftest import Place

NOW = "2024-03-01T00:00:00Z"
SOON = "2024-02-06T01:00:00Z"
"""Before the silence after 120 rows is an alarm."""


def test_one_look_closes_measures_alerts_and_asks_for_a_retraining(place: Place) -> None:
    place.label(place.serve(400, wrong_from=100))
    code, out, err = place.run("monitor", "press", "--now", NOW)
    assert code == 0, err
    assert out.startswith("press: 4 windows closed, ")
    assert re.search(r"window 0: 100 rows.* of the inputs drifted; accuracy 100.0% \(\d+\.\d% to 100.0%\) on 100", out)
    assert "  critical  open" in out
    assert "retraining accepted: " in out
    assert "`keepsharp retrain press` answers it" in out
    assert "windows of the last day judged in time: 100%; no schedule has looked at it yet" in out
    severities = re.findall(r"^  [0-9a-f]{16}  (\w+)", out, re.MULTILINE)
    assert severities == sorted(severities, key=("critical", "warning", "info").index)


def test_machines_get_windows_alerts_and_the_trigger(place: Place) -> None:
    place.label(place.serve(120))
    found = place.json("monitor", "press", "--now", SOON)
    assert [window["index"] for window in found["closed"]] == [0]
    assert found["measured"][0]["performance"]["value"] == 1.0
    assert found["alerts"] == []
    assert (found["trigger"]["state"], found["trigger"]["policy"]) == ("refused", "degradation")
    assert found["coverage"] == {"models": 0.0, "windows": 1.0, "last_look": None}
    again = place.json("monitor", "press", "--now", SOON)
    assert (again["closed"], again["measured"]) == ([], [])


def test_nobody_looks_at_a_model_that_another_looks_at(place: Place) -> None:
    with held(place.ports.leases, "press:look", "look", wall_clock):
        code, _, err = place.run("monitor", "press", "--now", SOON)
    assert code == 3
    assert "'press:look' is being worked on by" in err


def test_an_empty_home_is_said_and_not_made(empty: Place) -> None:
    code, _, err = empty.run("monitor", "press")
    assert code == 1
    assert "nothing is kept" in err
    assert not empty.home.exists()
