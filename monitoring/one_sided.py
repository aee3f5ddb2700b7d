"""Whether the labels of a window stand for all of its rows, or only for some kind of them.

Complaints are about wrong answers, and an inspection looks at what was rejected. What people label by themselves is
compared with all rows whose labels are due: by answer, by how sure it was, by time, and by how often it was wrong
where rows were drawn at random and asked for. It corrects nothing: `monitoring.auditing` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.labelling import Audit
from infra.domain.predictions import Answered
from infra.domain.values import class_name
from infra.spec import ModelSpec
from monitoring.auditing import audited_rows
from monitoring.performance import losses_of

ALPHA = 0.001
"""Shared by the comparisons of one window."""
LEAST_EFFECT, LEAST_TIME_EFFECT, LEAST_ERROR_GAP = 0.15, 0.3, 0.05
"""Smaller differences are not called one-sided, however significant: distances of distributions and shares, 0..1. Of
time more is asked: the last labels of a window are often still on their way."""
ENOUGH = 0.95
"""Above this coverage what has no label cannot matter."""
LEAST_ROWS = 20
LEAST_AUDITED = 10
Floats = NDArray[np.float64]


def bias_of(rows: Sequence[Answered], audits: Mapping[str, Audit], spec: ModelSpec) -> str:
    """Why the labels that came by themselves do not stand for the rows, in words; nothing where they seem to.

    `rows` are those of a window whose labels are due, `audits` what was asked for of them, by prediction id.
    """
    audited = {row.prediction.id for row in audited_rows(rows, audits)}
    own = [row for row in rows if row.label is not None and row.prediction.id not in audited]
    rest = [row for row in rows if row.label is None or row.prediction.id in audited]
    if len(own) < LEAST_ROWS or len(rest) < LEAST_ROWS or len(own) >= ENOUGH * len(rows):
        return ""
    asked = [row for row in rest if row.label is not None]
    return "; ".join(filter(None, (*_by_distribution(own, rest, spec), _by_errors(own, asked, spec))))


def _by_distribution(own: Sequence[Answered], rest: Sequence[Answered], spec: ModelSpec) -> Iterator[str]:
    if spec.task == "classification":
        yield _by_class(own, rest)
    else:
        numbers = [np.array([float(row.prediction.value) for row in part]) for part in (own, rest)]
        yield _by_number(numbers[0], numbers[1], LEAST_EFFECT, "labels came for other answers than those without one")
    sure = [[row.prediction.confidence for row in part] for part in (own, rest)]
    known = [np.array([one for one in part if one is not None]) for part in sure]
    if min(len(part) for part in known) >= LEAST_ROWS:
        surer = "more" if known[0].mean() > known[1].mean() else "less"
        yield _by_number(known[0], known[1], LEAST_EFFECT, f"labels came for {surer} confident answers")
    times = [np.array([row.prediction.time.timestamp() for row in part]) for part in (own, rest)]
    yield _by_number(times[0], times[1], LEAST_TIME_EFFECT, "labels came for a part of the time")


def _by_class(own: Sequence[Answered], rest: Sequence[Answered]) -> str:
    """Pearson's chi-square over the answered classes, and the distance of the two distributions."""
    parts = [[class_name(row.prediction.value) for row in part] for part in (own, rest)]
    names = sorted({*parts[0], *parts[1]})
    counts = np.array([[part.count(name) for name in names] for part in parts])
    if len(names) < 2:
        return ""
    shares = counts / counts.sum(axis=1, keepdims=True)
    p_value = float(stats.chi2_contingency(counts, correction=False).pvalue)
    gaps = shares[0] - shares[1]
    if p_value > ALPHA or np.abs(gaps).sum() / 2 < LEAST_EFFECT:
        return ""
    most = int(gaps.argmax())
    return (
        f"labels came by themselves mostly for answers of `{names[most]}`: {shares[0, most]:.0%} of them, "
        f"and {shares[1, most]:.0%} of the other rows"
    )


def _by_number(own: Floats, rest: Floats, least: float, words: str) -> str:
    """Kolmogorov and Smirnov's distance of the two distributions."""
    test = stats.ks_2samp(own, rest, method="asymp")
    return f"{words} (distance {test.statistic:.2f})" if test.pvalue <= ALPHA and test.statistic >= least else ""


def _by_errors(own: Sequence[Answered], asked: Sequence[Answered], spec: ModelSpec) -> str:
    """Against what rows drawn at random turned out to be: Fisher's exact test, or Welch's for numbers."""
    if len(asked) < LEAST_AUDITED:
        return ""
    losses, fair = losses_of(own, spec), losses_of(asked, spec)
    if spec.task == "classification":
        table = [[int(part.sum()), int(len(part) - part.sum())] for part in (losses, fair)]
        p_value, gap = float(stats.fisher_exact(table)[1]), abs(float(losses.mean() - fair.mean()))
        if p_value > ALPHA * 10 or gap < LEAST_ERROR_GAP:
            return ""
        return (
            f"of the labels that came by themselves {losses.mean():.1%} contradict the answer, of those asked for at "
            f"random {fair.mean():.1%}"
        )
    if losses.std() == 0.0 and fair.std() == 0.0:
        return ""
    p_value = float(stats.ttest_ind(losses, fair, equal_var=False).pvalue)
    if p_value > ALPHA * 10 or abs(losses.mean() / max(fair.mean(), 1e-12) - 1.0) < LEAST_EFFECT:
        return ""
    return (
        f"the mean error is {losses.mean():.4g} on labels that came by themselves, and {fair.mean():.4g} on those "
        "asked for"
    )
