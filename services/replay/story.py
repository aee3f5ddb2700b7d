"""The demo told as it happened: every figure measured in the replay, none assumed.

It reads what the line really made (its changes and true surfaces) beside what the loop did about it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.domain.alerts import Alert
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.domain.values import Answer
from monitoring.alerting import latest_at
from monitoring.joining import Since, joinings, listed
from services.line.production import Production
from services.line.rule import Catch, count_catch, fit_rule
from services.line.scenario import Change
from services.replay.scoring import score_answers
from services.replay.summary import Summary, known_lines


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What the line made and what was answered; `first` rows trained the first champion, `answers` follow them."""

    production: Production
    first: int
    answers: Sequence[Answer]
    summary: Summary
    runs: Sequence[TrainingRun]
    currency: str

    def row_at(self, moment: datetime) -> int:
        """The row made at this moment, or the next one."""
        return bisect_left(self.production.times, moment)

    def learnt_through(self, decision: PromotionDecision) -> int:
        """The row after the last one that the decision's candidate learnt from; 0 when that is not known."""
        run = next((run for run in self.runs if run.id == decision.run_id), None)
        return 0 if run is None or run.data_end is None else bisect_right(self.production.times, run.data_end)

    def accuracy(self, start: int, stop: int) -> float | None:
        """Share answered right of the rows `start` up to `stop`; None where none was answered."""
        start = max(start, self.first)
        if stop <= start:
            return None
        truth = self.production.defect[start:stop]
        return score_answers("classification", self.answers[start - self.first : stop - self.first], truth).accuracy

    def caught(self, start: int, stop: int) -> Catch:
        """Defects caught by the network among these rows."""
        start = max(start, self.first)
        given = [str(value) for value in self.answers[start - self.first : stop - self.first]]
        return count_catch(given, self.production.defect[start:stop])


def tell_story(happened: Happened) -> list[str]:
    """The story, line by line, in the order it happened."""
    return [
        *_beginning(happened),
        *(line for moment in _moments(happened) for line in moment[1]),
        *_ending(happened),
    ]


def _beginning(happened: Happened) -> list[str]:
    line, first = happened.production, happened.first
    steady = min(change.first_row for change in line.changes)
    rule = fit_rule(line.pictures[:first], line.defect[:first])
    old = count_catch(rule.judge(line.pictures[first:steady]), line.defect[first:steady])
    new = happened.caught(first, steady)
    decision = happened.summary.decisions[0]
    baseline = next(reason.text for reason in decision.reasons if reason.rule == "baseline")
    return [
        f"{line.times[0]:%d %b %H:%M}  The line starts. {first} inspected parts train the first champion.",
        f"              {baseline}",
        f"              On the next {steady - first} parts the fixed rule catches {_share(old.catch_rate)} of the "
        f"defects ({_share(old.false_alarm_rate)} false alarms), the network {_share(new.catch_rate)} "
        f"({_share(new.false_alarm_rate)}).",
    ]


def _moments(happened: Happened) -> list[tuple[int, list[str]]]:
    """Changes, alerts and decisions as (row, lines), in order of rows; the first champion is told before."""
    moments = [(change.first_row, _change(happened, change)) for change in happened.production.changes]
    moments += [
        (happened.row_at(alert.opened_at), _alert(happened, alert))
        for alert in happened.summary.alerts
        if alert.severity != "info"
    ]
    moments += [
        (happened.row_at(since.at), _joining(alert, since, names))
        for alert in happened.summary.alerts
        if alert.severity != "info"
        for since, names in joinings(alert.evidence)[1:]
    ]
    moments += [
        (happened.row_at(decision.at), _decision(happened, decision)) for decision in happened.summary.decisions[1:]
    ]
    return sorted(moments, key=lambda moment: moment[0])


def _change(happened: Happened, change: Change) -> list[str]:
    when = happened.production.times[change.first_row]
    return [f"{when:%d %b %H:%M}  CHANGE  {change.what} (part {change.first_row})."]


def _alert(happened: Happened, alert: Alert) -> list[str]:
    row = happened.row_at(alert.opened_at)
    seen = happened.first + int(alert.evidence.get("opened_seq") or 0)  # arrivals are counted from 1
    before = [change for change in happened.production.changes if change.first_row < seen]
    delay = ""
    if before and alert.rule == "accuracy_degraded":
        latest = max(before, key=lambda change: change.first_row)
        delay = f" It came {row - latest.first_row} predictions after {latest.kind}, the last change it has seen."
    said_at = latest_at(alert)
    as_of = f" (as of {said_at:%d %b %H:%M})" if said_at != alert.opened_at else ""
    return [f"{alert.opened_at:%d %b %H:%M}  ALERT   [{alert.severity}] {alert.rule}: {alert.message}{as_of}{delay}"]


def _joining(alert: Alert, since: Since, names: Sequence[str]) -> list[str]:
    return [f"{since.at:%d %b %H:%M}  ALERT   [{alert.severity}] {alert.rule} told again: {listed(names)} joined it."]


def _decision(happened: Happened, decision: PromotionDecision) -> list[str]:
    run = next((run for run in happened.runs if run.id == decision.run_id), None)
    lines = [f"{decision.at:%d %b %H:%M}  {decision.kind.upper():<7} version {decision.version}. {_why(decision)}"]
    if run is not None and run.metrics is not None:
        lines.append(
            f"              Retrained on {run.rows} rows ({run.start}): {run.metrics['cpu_seconds']:.1f} CPU seconds, "
            f"{run.metrics['cost']:.5f} {happened.currency}."
        )
    return lines


def _why(decision: PromotionDecision) -> str:
    """The comparison with the champion, and whatever else failed."""
    told = [reason.text for reason in decision.reasons if reason.rule == "better" or not reason.passed]
    return " ".join(dict.fromkeys(told)) or decision.summary


def _ending(happened: Happened) -> list[str]:
    record = happened.summary.record
    per_decision = record["cost_per_decision_improved"]
    return [
        "",
        "Accuracy                      before   until a retrained champion served   after, to the next change",
        *(_recovery(happened, change) for change in happened.production.changes),
        "",
        *known_lines(record),
        "",
        f"Over all {record['rows']} parts: {_share(record['accuracy'])}; the first champion left alone "
        f"{_share(record['frozen_accuracy'])}; the simple model {_share(record['baseline_accuracy'])}.",
        f"{record['retrains']} retrains ({record['promoted']} promoted, {record['rejected']} rejected) cost "
        f"{record['cost']['trainings']:.4f} {happened.currency}, with watching and serving "
        f"{record['cost']['total']:.4f}, and improved {record['decisions_improved']} decisions"
        + (f": {per_decision:.6f} {happened.currency} each." if per_decision else "."),
    ]


def _recovery(happened: Happened, change: Change) -> str:
    """Accuracy around one change: as many parts before it as after it until it was answered, and what came then."""
    line = happened.production
    end = min(
        (other.first_row for other in line.changes if other.first_row > change.first_row), default=len(line.defect)
    )
    promoted = [
        happened.row_at(decision.at)
        for decision in happened.summary.decisions[1:]
        if decision.kind == "promote" and happened.learnt_through(decision) > change.first_row
    ]
    promoted = [row for row in promoted if row < end]
    answered = promoted[0] if promoted else end
    before = happened.accuracy(change.first_row - (answered - change.first_row), change.first_row)
    during = happened.accuracy(change.first_row, answered)
    after = _share(happened.accuracy(answered, end)) if promoted else "none was promoted"
    return (
        f"  {change.kind:<10} (part {change.first_row:>5})   {_share(before):>9}   {_share(during):>34}   {after:>25}"
    )


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"
