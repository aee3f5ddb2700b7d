"""How healthy the labels are: how late they come, from whom, whether they contradict each other, and whom they stand
for. It changes no figure of accuracy, and holds nothing back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import numpy as np

from infra.domain.alerts import Evidence, Severity
from infra.domain.labelling import Audit, Joined
from infra.domain.predictions import Answered, Label
from infra.domain.values import class_name
from infra.domain.windows import FeedbackReport, Window
from infra.spec import ModelSpec
from monitoring.auditing import audited_rows
from monitoring.breaches import breach_of
from monitoring.label_noise import more_than_errors
from monitoring.rules import Judgement

LABELS_LATE, LABELS_BIASED, LABELS_SUSPECT = "labels_late", "labels_biased", "labels_suspect"
NEW_CLASSES = "new_classes"
MANY_NEW = 0.01
"""Share of the labels that name unknown classes from which it is more than a typing error."""
_MOST_CLASSES = 5
LATE_FACTOR = 1.5
"""A median delay beyond the expected one by this factor is late."""


def feedback_report(
    rows: Sequence[Answered],
    corrections: Sequence[tuple[Label, Label]],
    audits: Mapping[str, Audit],
    *,
    held_back: Collection[str] = (),
    suspects: int = 0,
    one_sided: str = "",
) -> FeedbackReport:
    """What is known of the labels of these rows.

    `corrections` are pairs of an earlier and a later label, of these rows or of others; `held_back` are the ids whose
    labels stand in quarantine, `one_sided` what `monitoring.one_sided` says.
    """
    labels = [row.label for row in rows if row.label is not None]
    delays = [(row.label.time - row.prediction.time).total_seconds() for row in rows if row.label is not None]
    ids = {row.prediction.id for row in rows}
    return FeedbackReport(
        labelled=len(labels),
        delay_median_seconds=float(np.median(delays)) if delays else None,
        delay_p90_seconds=float(np.quantile(delays, 0.9)) if delays else None,
        disagreements=sum(earlier.prediction_id in ids for earlier, _ in corrections),
        sources=dict(Counter(label.source for label in labels)),
        one_sided=one_sided,
        audited=len(audited_rows(rows, audits)),
        suspects=suspects,
        quarantined=sum(row.prediction.id in held_back for row in rows if row.label is not None),
    )


def judge_feedback(window: Window, spec: ModelSpec, *, known_error: float | None) -> Judgement:
    """Whether the labels of a window whose labels are due stand for its rows, and look right. Once a window.

    `known_error` is the share of wrong answers that the champion was accepted with; None: nothing is suspected.
    """
    report = window.feedback
    if report is None or report.labelled < spec.monitoring.minimum_rows:
        return Judgement()
    breaches, judged = [], {LABELS_BIASED}
    if report.one_sided and report.audited < spec.monitoring.minimum_rows:  # else they were reweighted
        message = (
            f"The labels of window {window.index} are one-sided: {report.one_sided}. "
            f"`keepsharp labels ask {window.model}` draws rows at random whose labels would stand for all."
        )
        figures: Evidence = {"window": window.index, "labelled": report.labelled, "audited": report.audited}
        breaches.append(breach_of(LABELS_BIASED, "warning", window.model, message, figures))
    if known_error is not None:
        judged.add(LABELS_SUSPECT)
        if more_than_errors(report.suspects, report.labelled, known_error, spec):
            message = (
                f"{report.suspects} of {report.labelled} labels of window {window.index} look wrong, more than the "
                f"errors of the model explain: `keepsharp labels suspects {window.model}` lists them."
            )
            figures = {"window": window.index, "suspects": report.suspects, "known_error": known_error}
            breaches.append(breach_of(LABELS_SUSPECT, "info", window.model, message, figures))
    return Judgement(breaches=tuple(breaches), judged=frozenset(judged))


def judge_classes(window: Window, rows: Sequence[Answered]) -> Judgement:
    """Whether labels of a window name classes that the versions which answered cannot answer with.

    Such an answer is always wrong, whatever the network saw; a few are more likely typing errors. Not judged where
    the answers carry no probabilities, since these name the classes that a version knows.
    """
    judged = [row for row in rows if row.label is not None and row.prediction.probabilities]
    if not judged:
        return Judgement()
    unknown = Counter(
        name
        for row in judged
        if row.label is not None and (name := class_name(row.label.value)) not in (row.prediction.probabilities or {})
    )
    if not unknown:
        return Judgement(judged=frozenset({NEW_CLASSES}))
    count, named = unknown.total(), ", ".join(f"{name} ({times})" for name, times in unknown.most_common(_MOST_CLASSES))
    message = (
        f"{count} of {len(judged)} labels of window {window.index} name a class that no answer of theirs could be: "
        f"{named}. Every such answer counts as wrong. A misspelt class is corrected by sending the label again; a new "
        f"kind of thing needs a training that has seen it: `keepsharp retrain {window.model}`."
    )
    figures: Evidence = {"window": window.index, "labels": count, "labelled": len(judged), "classes": len(unknown)}
    severity: Severity = "warning" if count >= MANY_NEW * len(judged) else "info"
    breach = breach_of(NEW_CLASSES, severity, window.model, message, figures)
    return Judgement(breaches=(breach,), judged=frozenset({NEW_CLASSES}))


def judge_arrival(model: str, joined: Sequence[Joined], spec: ModelSpec, *, expected: timedelta | None) -> Judgement:
    """Whether labels come later than agreed, from those that joined last; corrections do not count.

    `expected` is the agreed delay as a duration; None where it cannot be said.
    """
    delays = [(one.label.time - one.prediction.time).total_seconds() for one in joined if one.first]
    if expected is None or len(delays) < spec.monitoring.minimum_rows:
        return Judgement()
    median = float(np.median(delays))
    if median <= LATE_FACTOR * expected.total_seconds():
        return Judgement(judged=frozenset({LABELS_LATE}))
    message = (
        f"Half of the last {len(delays)} labels came more than {timedelta(seconds=round(median))} after what they are "
        f"about; {timedelta(seconds=round(expected.total_seconds()))} was expected."
    )
    figures = {"delay_median_seconds": median, "expected_seconds": expected.total_seconds(), "labels": len(delays)}
    breach = breach_of(LABELS_LATE, "warning", model, message, figures)
    return Judgement(breaches=(breach,), judged=frozenset({LABELS_LATE}))


def expected_delay(rows: Sequence[Answered], spec: ModelSpec) -> timedelta | None:
    """The agreed delay as a duration; one in rows by how fast these rows came. None for fewer than two rows."""
    delay = spec.label_delay
    if delay.duration is not None:
        return delay.duration
    assert delay.rows is not None
    times = [row.prediction.time for row in rows]
    return (max(times) - min(times)) / (len(times) - 1) * delay.rows if len(times) > 1 else None
