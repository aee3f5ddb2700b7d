from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.domain.errors import Unavailable
from infra.tracking import MlflowTracking


def test_a_client_that_cannot_be_imported_stops_no_run_and_what_it_should_hear_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # whoever imports it is told ImportError
    tracking = MlflowTracking("http://127.0.0.1:9", tmp_path / "files", tmp_path / "spool")
    with tracking.run("grid", "a run") as run:
        run.metrics({"loss": 0.5})
    assert not tracking.settle()
    assert tracking.pending() > 0
    assert tracking.rejected() == []
    assert "cannot be imported" in caplog.text


def test_a_client_that_another_thread_has_half_imported_is_away_and_refuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.py").write_text("import sys; sys.absent  # as a module half made says it\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    tracking = MlflowTracking("http://127.0.0.1:9", tmp_path / "files", tmp_path / "spool")
    with tracking.run("grid", "a run") as run:
        run.metrics({"loss": 0.5})
    assert tracking.rejected() == []
    assert tracking.pending() > 0
    with pytest.raises(Unavailable, match="AttributeError"):
        MlflowTracking("http://127.0.0.1:9", tmp_path / "files", tmp_path / "other").ask(lambda client: client)
