"""What deserves a person's attention: rules over the figures of a window.

A rule that could not be judged (too few labels, nothing compared) says nothing, neither breach nor all-clear:
`judged` names the rules that were. It knows nothing of alerts already open: `monitoring.alerting` turns breaches
into alerts with a life.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.domain.alerts import Evidence, Severity
from infra.domain.decisions import Champion
from infra.domain.windows import PerformanceReport, Window
from infra.spec import ModelSpec
from monitoring.faults import beyond_faults

ACCURACY_DEGRADED = "accuracy_degraded"
INPUT_DRIFT = "input_drift"
PREDICTION_DRIFT = "prediction_drift"
NEW_CATEGORIES = "new_categories"
LABELS_MISSING = "labels_missing"

MINIMUM_COVERAGE = 0.5
"""Share of labels below which a window whose labels are due says that they are missing."""
MOST_DEPTHS = 6
"""Levels of a loss of accuracy that are told apart; the last is 32 times the tolerance."""
STRONG_SHIFT = 1.5
"""A column that drifted by so many times the least effect (`drift_effect`) is an alert by itself: at the default
effect of 0.1, a shift of 0.4 standard deviations, so that one of 0.5 is found in the first window."""
LEAST_WEIGHT = 0.5
"""A column that weighs less than this (1 is the mean) raises no alert by itself."""
NEW_CATEGORY_SHARE = 0.01
"""Unknown categories per row; fewer are typing errors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A rule that a window broke, with the sentence a person reads and the figures the rule read."""

    rule: str
    severity: Severity
    dedup_key: str
    message: str
    evidence: Evidence
    named: tuple[str, ...] = ()
    """The columns it is about, where it is about columns: one that joins a standing alert is news."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The breaches of one window, and which rules could be judged on it at all."""

    breaches: tuple[Breach, ...] = ()
    judged: frozenset[str] = frozenset()

    def __or__(self, other: Judgement) -> Judgement:
        return Judgement(breaches=self.breaches + other.breaches, judged=self.judged | other.judged)


def judge_inputs(window: Window, spec: ModelSpec) -> Judgement:
    """Judge what is known when a window closes: drift of inputs and answers, and new categories. Ask once a window.

    A shift that faults of the data explain is theirs to tell (`monitoring.quality_rules`).
    """
    if window.drift is None:
        return Judgement()
    drift = beyond_faults(window.drift, least_effect=spec.monitoring.drift_effect)
    breaches: list[Breach] = []
    judged = {NEW_CATEGORIES}
    features = [column for column in drift.columns if column.role != "prediction"]
    answers = [column for column in drift.columns if column.role == "prediction"]
    if features:
        judged.add(INPUT_DRIFT)
        drifted = sorted((column for column in features if column.drifted), key=lambda column: -column.effect)
        strong = [
            column
            for column in drifted
            if column.weight >= LEAST_WEIGHT and column.effect >= STRONG_SHIFT * spec.monitoring.drift_effect
        ]
        if strong or (drifted and drift.drifted_share >= spec.monitoring.drift_share):
            names = ", ".join(f"{column.column} ({column.effect:.2f})" for column in drifted[:5])
            message = f"{len(drifted)} of {len(features)} input columns drifted; largest shifts: {names}."
            if strong and drift.drifted_share < spec.monitoring.drift_share:
                message += f" {strong[0].column} alone moved enough, and the model uses it."
            figures = {"drifted_share": drift.drifted_share, "largest_effect": drifted[0].effect}
            columns = tuple(column.column for column in drifted)
            breaches.append(_breach(INPUT_DRIFT, "warning", window, message, figures, columns))
    if answers:
        judged.add(PREDICTION_DRIFT)
        if answers[0].drifted:
            message = f"The answers moved by {answers[0].effect:.2f} (0..1) against the reference."
            breaches.append(_breach(PREDICTION_DRIFT, "info", window, message, {"effect": answers[0].effect}))
    if drift.unknown_categories > NEW_CATEGORY_SHARE * window.rows:
        message = f"{drift.unknown_categories} values in {window.rows} rows belong to categories never trained on."
        figures = {"unknown_categories": drift.unknown_categories}
        breaches.append(_breach(NEW_CATEGORIES, "warning", window, message, figures))
    return Judgement(breaches=tuple(breaches), judged=frozenset(judged))


def judge_labels(
    window: Window, champion: Champion, spec: ModelSpec, *, labelled: int, alarmed_seq: int = 0
) -> Judgement:
    """Judge what is known when the labels of a window are due: accuracy, and the labels themselves. Once a window.

    `labelled` counts its labelled rows. `alarmed_seq` is the arrival whose label the standing alert about accuracy
    was last broken by: a window that ends before it gives no all-clear, and neither does one that is in doubt, worse
    than the limit but not by its whole interval. A window that the champion did not answer from its first row to its
    last says nothing about the champion.
    """
    breaches: list[Breach] = []
    judged = {LABELS_MISSING}
    if labelled < MINIMUM_COVERAGE * window.rows:
        message = f"{labelled} of {window.rows} labels came, and all were due {spec.label_delay} after the window."
        figures = {"labelled": labelled, "coverage": labelled / window.rows}
        breaches.append(_breach(LABELS_MISSING, "warning", window, message, figures))
    report = window.performance
    if report is not None and window.versions == (champion.version,):
        breach = _accuracy_breach(window, report, champion, spec)
        breaches += [breach] if breach else []
        if breach or (window.last_seq > alarmed_seq and not _is_worse(report.value, report, champion, spec)):
            judged.add(ACCURACY_DEGRADED)
    return Judgement(breaches=tuple(breaches), judged=frozenset(judged))


def worst_accepted(champion: Champion, spec: ModelSpec) -> float:
    """The limit of the headline metric: accepted accuracy less the tolerance, or accepted MAE times 1 + tolerance."""
    tolerance = spec.monitoring.tolerance
    return champion.accepted - tolerance if spec.task == "classification" else champion.accepted * (1.0 + tolerance)


def depths(value: float, champion: Champion, spec: ModelSpec) -> tuple[str, ...]:
    """The levels that `value` is worse than: the limit, and two, four, eight… tolerances from what was accepted.

    An alert about accuracy names them, so that one that stands is told again when things have grown much worse.
    """
    steps = [spec.monitoring.tolerance * 2.0**step for step in range(MOST_DEPTHS)]
    if spec.task == "classification":
        return tuple(
            f"accuracy below {champion.accepted - step:.4g}" for step in steps if value < champion.accepted - step
        )
    levels = [champion.accepted * (1.0 + step) for step in steps]
    return tuple(f"mae above {level:.4g}" for level in levels if value > level)


def _is_worse(value: float, report: PerformanceReport, champion: Champion, spec: ModelSpec) -> bool:
    limit = worst_accepted(champion, spec)
    return value < limit if report.metric == "accuracy" else value > limit


def _accuracy_breach(window: Window, report: PerformanceReport, champion: Champion, spec: ModelSpec) -> Breach | None:
    """The breach by a window whose whole interval is worse than the limit."""
    best = report.high if report.metric == "accuracy" else report.low
    if not _is_worse(best, report, champion, spec):
        return None
    limit = worst_accepted(champion, spec)
    message = (
        f"{report.metric} {report.value:.4g} ({report.low:.4g} to {report.high:.4g}) on {report.labelled} labels is "
        f"worse than {limit:.4g}; version {champion.version} was accepted at {champion.accepted:.4g}. "
        "Seen by the window's whole interval."
    )
    figures: dict[str, float | int | str | None] = {
        report.metric: report.value,
        "low": report.low,
        "high": report.high,
        "labelled": report.labelled,
        "accepted": champion.accepted,
        "limit": limit,
        "version": champion.version,
        "seen_by": "the window's whole interval",
        "confident_errors": report.confident_errors,
    }
    return _breach(ACCURACY_DEGRADED, "critical", window, message, figures, depths(best, champion, spec))


def _breach(
    rule: str, severity: Severity, window: Window, message: str, figures: Evidence, named: tuple[str, ...] = ()
) -> Breach:
    where: Evidence = {"window": window.index, "last_seq": window.last_seq, "report": window.report}
    return Breach(
        rule=rule,
        severity=severity,
        dedup_key=f"{window.model}:{rule}",
        message=message,
        evidence={**figures, **where},
        named=named,
    )
