from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from flows.monitor import Watched, monitor
from flows.rows.quarantining import LOOKBACK
from flows.windows.pages import page_order
from flows.windows.references import Reference, References
from infra.domain.alerts import Alert, Trigger
from infra.domain.labelling import Joined
from infra.domain.predictions import Answered
from infra.domain.windows import Window
from infra.spec import ModelSpec
from monitoring.rules import ACCURACY_DEGRADED, LABELS_MISSING
from tests.builders import MODEL, Loop, minute, spec, started, stream

NEVER: dict[str, object] = {"policy": "never"}


@dataclass
class Press:
    """Remembers which pages were ordered."""

    ordered: list[Path] = field(default_factory=list)

    def __call__(self, reference: Reference, rows: Sequence[Answered], path: Path) -> None:
        assert rows
        self.ordered.append(path)


@dataclass
class Watch:
    """A loop with somebody who looks at it."""

    loop: Loop
    press: Press = field(default_factory=Press)
    references: References = field(init=False)

    def __post_init__(self) -> None:
        self.references = References(self.loop.desk)

    def look(self, minutes_later: float = 0.0) -> Watched:
        return monitor(
            self.loop.desk, self.references, self.press, now=self.loop.now + timedelta(minutes=minutes_later)
        )

    def batch(self, rows: int = 100) -> Watched:
        """Serve rows, label all of them at once, and look."""
        self.loop.label(self.loop.serve(rows))
        return self.look()

    def windows(self) -> list[Window]:
        return list(reversed(self.loop.ports.windows.page(MODEL, 100)))

    def alerts(self, rule: str = ACCURACY_DEGRADED) -> list[Alert]:
        return [alert for alert in reversed(self.loop.ports.alerts.page(MODEL, 100)) if alert.rule == rule]

    def triggers(self) -> list[Trigger]:
        return [one for one in reversed(self.loop.ports.triggers.page(MODEL, 100)) if one.source != "first"]


def watched(folder: Path, *, change: int | None = None, rows: int = 2000, **sections: dict[str, object]) -> Watch:
    return Watch(started(folder, stream(rows, change=change), 300, spec("classification", **sections))[0])


def states(found: Sequence[Window]) -> list[tuple[int, str]]:
    return [(window.index, window.state) for window in found]


def test_a_window_closes_once_when_it_is_full(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining=NEVER)
    watch.loop.serve(99)
    assert watch.look().closed == ()
    watch.loop.serve(151)
    assert states(watch.look().closed) == [(0, "provisional"), (1, "provisional")]
    assert watch.look().closed == ()
    assert [(window.first_seq, window.last_seq) for window in watch.windows()] == [(1, 100), (101, 200)]


def test_a_window_is_final_when_its_labels_are_due_and_not_before(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining=NEVER)
    watch.loop.label(watch.loop.serve(149))
    assert watch.look().measured == ()
    watch.loop.serve(1)  # the delay is 50 rows
    assert states(watch.look().measured) == [(0, "final")]
    assert watch.look().measured == ()
    (window, *_) = watch.windows()
    assert window.performance is not None
    assert (window.performance.labelled, window.performance.value) == (100, watch.loop.accuracy(range(300, 400)))


def test_windows_of_a_duration_are_cut_in_event_time(tmp_path: Path) -> None:
    watch = watched(
        tmp_path,
        monitoring={"window": "1h", "reports": "none"},
        labels={"expected_delay": "30m"},
        retraining=NEVER,
    )
    watch.loop.label(watch.loop.serve(89))
    found = watch.look()  # 06:28
    assert (states(found.closed), found.measured) == ([(0, "provisional")], ())
    assert states(watch.look(minutes_later=2).measured) == [(0, "final")]
    watch.loop.label(watch.loop.serve(30))  # to 06:58
    assert states(watch.look(minutes_later=1).closed) == []
    found = watch.look(minutes_later=32)
    assert (states(found.closed), states(found.measured)) == ([(1, "provisional")], [(1, "final")])
    assert [(window.start, window.end, window.rows) for window in watch.windows()] == [
        (minute(300), minute(360), 60),
        (minute(360), minute(420), 59),
    ]


def test_a_window_too_small_to_judge_says_so(tmp_path: Path) -> None:
    watch = watched(
        tmp_path, monitoring={"window": "20m", "reports": "none"}, labels={"expected_delay": "1m"}, retraining=NEVER
    )
    watch.loop.label(watch.loop.serve(41))
    watch.look()
    assert watch.windows()[0].drift is None
    assert watch.windows()[0].performance is None
    assert watch.windows()[0].note == "not enough data (20 of 30) not enough labels (20 of 30 needed)"


def test_lost_accuracy_opens_one_alert_that_stays_one_and_resolves(tmp_path: Path) -> None:
    watch = watched(tmp_path, change=500, retraining=NEVER)
    for _ in range(2):
        watch.batch()
    assert watch.alerts() == []
    watch.batch(50)  # all of them worse: the alarm waits for no window
    assert [alert.state for alert in watch.alerts()] == ["open"]
    for _ in range(4):
        watch.batch()
    (alert,) = watch.alerts()
    assert (alert.state, alert.severity) == ("open", "critical")
    assert alert.opened_at < alert.updated_at
    watch.loop.stream = stream(2000)
    for _ in range(4):
        watch.batch()
    (alert,) = watch.alerts()
    assert alert.state == "resolved"


def test_steady_traffic_raises_no_alarm_about_accuracy(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining=NEVER)
    for _ in range(10):
        watch.batch()
    assert watch.alerts() == []
    assert watch.alerts(LABELS_MISSING) == []


def test_labels_that_do_not_come_are_an_alert_and_no_accuracy_is_made_up(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining=NEVER)
    watch.loop.serve(150)
    watch.look()
    (alert,) = watch.alerts(LABELS_MISSING)
    assert alert.evidence["labelled"] == 0
    assert watch.windows()[0].performance is None


@pytest.mark.parametrize(("reports", "expected"), [("every", [0]), ("none", [])])
def test_pages_are_ordered_as_the_model_file_says(tmp_path: Path, reports: str, expected: list[int]) -> None:
    watch = watched(tmp_path, monitoring={"window": "100 rows", "reports": reports}, retraining=NEVER)
    watch.batch(150)
    pages = [tmp_path / "windows" / MODEL / f"{index:06d}" for index in expected]
    assert watch.press.ordered == pages
    assert [window.report for window in watch.windows()] == [
        f"windows/{MODEL}/{index:06d}.html.gz" for index in expected
    ] + [None] * (1 - len(expected))


def test_inputs_that_move_have_their_page_before_the_labels_come(tmp_path: Path) -> None:
    watch = watched(tmp_path, monitoring={"window": "100 rows", "reports": "alerts"}, retraining=NEVER)
    watch.loop.stream.frame[["x", "y"]] += 3.0
    watch.loop.serve(100)
    watch.look()
    assert watch.press.ordered == [tmp_path / "windows" / MODEL / "000000"]
    alert = watch.loop.ports.alerts.unresolved(MODEL)[0]
    assert (alert.rule, alert.evidence["report"]) == ("input_drift", f"windows/{MODEL}/000000.html.gz")


def test_a_standing_alert_names_the_page_of_the_window_that_broke_its_rule_last(tmp_path: Path) -> None:
    watch = watched(tmp_path, monitoring={"window": "100 rows", "reports": "alerts"}, retraining=NEVER)
    watch.loop.stream.frame[["x", "y"]] += 3.0
    for _ in range(2):
        watch.loop.serve(100)
        watch.look()
    pages = [tmp_path / "windows" / MODEL / f"{index:06d}" for index in range(2)]
    assert set(pages) <= set(watch.press.ordered)
    (alert,) = watch.alerts("input_drift")
    assert alert.evidence["report"] == f"windows/{MODEL}/000001.html.gz"


def test_a_page_order_is_plain_values_with_answers_and_labels(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining=NEVER)
    watch.loop.label(list(watch.loop.serve(40))[:30])
    rows = watch.loop.ports.predictions.between(MODEL, 1, 40)
    reference = watch.references.of(watch.loop.champion().sha256)
    order = page_order(watch.loop.desk.spec, reference, rows, tmp_path / "page")
    assert order.current["prediction"].tolist() == [row.prediction.value for row in rows]
    assert order.current["target"].notna().sum() == 30
    assert set(order.kinds) == {"x", "y", "site", "prediction"}
    assert len(order.reference) == 300


def test_a_policy_asks_and_its_trigger_says_why_with_numbers(tmp_path: Path) -> None:
    watch = watched(tmp_path, change=500, retraining={"policy": "degradation", "min_labels": 100})
    found = [watch.batch() for _ in range(6)]
    *refused, trigger = watch.triggers()
    told = dict.fromkeys(one.trigger.id for one in found if one.trigger is not None)
    assert list(told) == [one.id for one in (*refused, trigger)]
    assert {one.state for one in refused} == {"refused"}  # what the policy did not want is kept as well
    assert (trigger.state, trigger.source, trigger.policy) == ("accepted", "policy", "degradation")
    assert trigger.at >= watch.alerts()[0].opened_at
    assert trigger.evidence["how"] in ("warm", "scratch")
    labelled_through = trigger.evidence["labelled_through_seq"]
    assert isinstance(labelled_through, int)
    assert labelled_through % 100 == 0


def test_while_a_trigger_waits_no_second_one_is_made(tmp_path: Path) -> None:
    watch = watched(tmp_path, change=400, retraining={"policy": "every", "every": "100 rows", "min_labels": 50})
    for _ in range(5):
        watch.batch()
    assert len(watch.triggers()) == 1


def test_a_guard_refuses_with_its_figure_and_its_limit(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining={"policy": "every", "every": "100 rows", "min_labels": 5000})
    watch.batch(150)
    (trigger,) = watch.triggers()
    assert trigger.state == "refused"
    assert (trigger.evidence["min_labels_figure"], trigger.evidence["min_labels_limit"]) == (100.0, 5000.0)
    assert "5000 are needed" in trigger.reason


def test_a_refusal_of_a_guard_that_stands_is_kept_once_with_its_last_figure(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining={"policy": "every", "every": "100 rows", "min_labels": 5000})
    for _ in range(4):
        watch.batch()
    (trigger,) = watch.triggers()
    assert (trigger.state, trigger.looks, trigger.evidence["min_labels_figure"]) == ("refused", 3, 300.0)
    assert "Only 300 new labels" in trigger.reason


def test_a_schedule_that_is_due_and_refused_is_told_once(tmp_path: Path) -> None:
    watch = watched(tmp_path, change=400, retraining={"policy": "never", "schedule": "0 6 * * *", "min_labels": 5000})
    for _ in range(6):
        watch.batch()
    (trigger,) = [one for one in watch.triggers() if one.source == "schedule"]
    assert (trigger.state, trigger.evidence["schedule_due"]) == ("refused", "2024-01-01T06:00:00+00:00")
    assert trigger.looks > 3
    deeds = [deed for alert in watch.alerts() for deed in alert.actions]
    assert sum("The schedule" in deed for deed in deeds) <= 1


def test_a_spent_budget_refuses(tmp_path: Path) -> None:
    watch = watched(
        tmp_path,
        retraining={"policy": "every", "every": "100 rows", "min_labels": 50},
        budget={"monthly": 0.000001},
    )
    watch.batch(150)
    (trigger,) = watch.triggers()
    assert trigger.state == "refused"
    left = trigger.evidence["budget_limit"]
    assert isinstance(left, float)
    assert left < 0.0


def test_a_schedule_runs_on_event_time(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining={"policy": "never", "schedule": "0 8 * * *", "min_labels": 50})
    watch.batch(170)  # rows of 05:00 to 07:49
    assert [one.state for one in watch.triggers()] == ["refused"]
    watch.batch(100)  # to 09:29
    trigger = watch.triggers()[-1]
    assert (trigger.source, trigger.state) == ("schedule", "accepted")
    assert trigger.at == watch.loop.now


def test_the_onset_is_where_the_run_of_bad_windows_began(tmp_path: Path) -> None:
    watch = watched(tmp_path, change=500, retraining={"policy": "degradation", "min_labels": 100})
    for _ in range(6):
        watch.batch()
    trigger = watch.triggers()[-1]
    assert trigger.evidence["onset_seq"] == 201


def test_without_an_alert_there_is_no_onset(tmp_path: Path) -> None:
    watch = watched(tmp_path, retraining={"policy": "every", "every": "100 rows", "min_labels": 50})
    watch.batch(150)
    (trigger,) = watch.triggers()
    assert trigger.evidence["onset_seq"] is None


def test_a_model_nobody_asked_has_nothing_to_look_at(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    assert watch.look() == Watched(closed=(), measured=(), trigger=None)


def test_a_spec_without_row_windows_counts_decisions_ahead_by_past_windows(tmp_path: Path) -> None:
    model: ModelSpec = spec(
        monitoring={"window": "1h", "reports": "none"},
        labels={"expected_delay": "1m"},
        retraining={"policy": "cost_aware", "min_labels": 30},
    )
    watch = Watch(started(tmp_path, stream(900, change=300), 300, model)[0])
    for _ in range(4):
        watch.batch(61)
    assert watch.triggers()
    assert watch.triggers()[0].evidence["decisions_ahead"] in range(50, 61)


def test_each_look_is_charged_to_its_day(tmp_path: Path) -> None:
    watch = watched(tmp_path)
    watch.batch(150)
    watch.batch(150)
    (entry,) = [one for one in watch.loop.ports.costs.page(MODEL, 99) if one.stage == "monitor"]
    assert (entry.run_id, entry.unit, entry.basis) == (None, "cpu_second", "measured")
    assert entry.quantity > 0
    assert entry.amount == pytest.approx(entry.quantity)  # at an euro a second


def test_a_look_without_a_new_label_does_not_read_old_ones_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watched(tmp_path)
    watch.batch()
    labels, read = watch.loop.ports.labels, list[int]()
    joined = labels.joined

    def note(model: str, after: int, limit: int) -> list[Joined]:
        read.append(limit)
        return joined(model, after, limit)

    monkeypatch.setattr(labels, "joined", note)
    watch.look(minutes_later=1)
    assert LOOKBACK not in read
    watch.loop.label(watch.loop.serve(1))
    watch.look(minutes_later=2)
    assert LOOKBACK in read
