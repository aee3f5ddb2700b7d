"""Windows are estimated before their labels come, once, and audited after; weak slices wait for the next window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from flows.windows.closing import close_windows
from flows.windows.estimating import estimate_windows
from flows.windows.measuring import measure_windows
from flows.windows.references import Reference, References
from infra.domain.alerts import Alert
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from monitoring.estimate_audit import audit_estimates
from monitoring.estimation_rules import ESTIMATE_DEGRADED
from tests.builders import MODEL, Loop, Stream, spec, started, stream


def _no_page(reference: Reference, rows: Sequence[Answered], path: Path) -> None:
    raise AssertionError("no page is ordered here")


class _Look:
    """A loop that is looked at in steps: close, measure, estimate."""

    def __init__(self, folder: Path, made: Stream, task: str = "classification") -> None:
        self.loop: Loop = started(folder, made, 300, spec(task, monitoring={"window": "200 rows", "reports": "none"}))[
            0
        ]
        self.references = References(self.loop.desk)

    def __call__(self, *, labelled: int = 200) -> list[Window]:
        """Serve 200 rows, whose labels come when the estimates have been made."""
        places = self.loop.serve(200)
        close_windows(self.loop.desk, self.references, _no_page, now=self.loop.now)
        measure_windows(self.loop.desk, self.references, _no_page, now=self.loop.now)
        found = estimate_windows(self.loop.desk, now=self.loop.now)
        self.loop.label(list(places)[:labelled])
        return found

    def windows(self) -> list[Window]:
        return list(reversed(self.loop.ports.windows.page(MODEL, 100)))

    def alerts(self) -> list[Alert]:
        return [one for one in self.loop.ports.alerts.page(MODEL, 100) if one.rule == ESTIMATE_DEGRADED]


def test_a_window_is_estimated_once_before_its_labels_and_never_counts_as_measured(tmp_path: Path) -> None:
    look = _Look(tmp_path, stream(2000))
    (found,) = look()
    assert (found.index, found.state, found.performance) == (0, "provisional", None)
    assert found.estimate is not None
    assert (found.estimate.kind, found.estimate.labelled) == ("estimated", 0)
    assert estimate_windows(look.loop.desk, now=look.loop.now) == []
    look()
    first = look.windows()[0]
    assert first.performance is not None
    assert (first.state, first.performance.kind, first.estimate) == ("final", "measured", found.estimate)


def test_estimates_learn_from_measured_windows_and_say_how_earlier_ones_held(tmp_path: Path) -> None:
    look = _Look(tmp_path, stream(3000))
    for _ in range(6):
        look()
    figures = [window.estimate.others for window in look.windows() if window.estimate is not None]
    assert [one["learned_from"] for one in figures] == [0, 200, 400, 600, 800, 1000]
    assert [one["audited"] for one in figures] == [0, 1, 2, 3, 4, 5]
    assert ["coverage" in one for one in figures] == [False, True, True, True, True, True]
    audit = audit_estimates(look.windows(), alpha=0.01)
    assert (audit.audited, audit.coverage, audit.muted) == (5, 1.0, False)


def test_errors_of_numbers_are_estimated_once_labels_have_taught_them(tmp_path: Path) -> None:
    look = _Look(tmp_path, stream(2000, task="regression"), "regression")
    assert look() == []
    (found,) = look()
    assert found.estimate is not None
    assert found.estimate.metric == "mae"


def test_labels_that_do_not_come_teach_nothing(tmp_path: Path) -> None:
    look = _Look(tmp_path, stream(2000))
    look(labelled=0)
    (found,) = look(labelled=0)
    assert found.estimate is not None
    assert (found.estimate.others["learned_from"], found.estimate.others["audited"]) == (0, 0)


def test_hard_rows_warn_before_any_label_has_come(tmp_path: Path) -> None:
    made = stream(3000)
    look = _Look(tmp_path, made)
    for _ in range(5):
        look()
    assert look.alerts() == []
    made.frame.loc[1300:, ["x", "y"]] *= 0.02  # all rows close to the border between the classes
    look()
    look()
    (alert,) = look.alerts()
    assert (alert.state, alert.severity) == ("open", "warning")
    assert "is estimated at" in alert.message


@pytest.mark.parametrize(("wrong", "expected"), [(0.33, {"site = south"}), (0.0, set())])
def test_a_weak_slice_is_said_when_the_next_window_confirms_it(
    tmp_path: Path, wrong: float, expected: set[str]
) -> None:
    made, rng = stream(2000), np.random.default_rng(0)
    turned = (made.frame["site"] == "south") & (rng.random(2000) < wrong)
    other = {"up": "down", "down": "up"}
    truth = tuple(other[str(one)] if turn else one for one, turn in zip(made.truth, turned, strict=True))
    look = _Look(tmp_path, Stream(frame=made.frame, truth=truth))
    for _ in range(5):
        look()
    reports = [window.performance for window in look.windows() if window.performance is not None]
    said = [{one.where for one in report.weak if one.confirmed} for report in reports]
    assert said[0] == set()
    assert set().union(*said) == expected
    told = {str(one.evidence["where"]) for one in look.loop.ports.alerts.page(MODEL, 100) if one.rule == "weak_slice"}
    assert told == expected
