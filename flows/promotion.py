"""Champion against candidate on rows neither was trained on: promote, or reject with reasons.

Pure: it knows no database, clock, tracker or network, only what each side got right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from infra.domain.decisions import Reason
from infra.spec import Promotion

MINIMUM_ROWS = 50
MINIMUM_SLICE_ROWS = 30
SLICE_ALPHA = 0.05

Losses = npt.NDArray[np.float64]
"""One loss a row: 0 or 1 for a class right or wrong, the absolute error for a number."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Losses of each side on the same held-out rows (length n), all from the same moment on.

    `sure` marks the rows that the champion answered with confidence of at least 0.9.
    `slices` maps a column to its values, one a row.
    """

    task: str
    candidate: Losses
    champion: Losses | None
    baseline: Losses
    sure: npt.NDArray[np.bool_]
    slices: Mapping[str, npt.NDArray[np.object_]]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Promote or not, with every reason; `accepted` is the candidate's headline metric on the held-out rows."""

    promote: bool
    reasons: tuple[Reason, ...]
    accepted: float

    @property
    def awaits_approval(self) -> bool:
        """Whether a person's word is all that is missing."""
        failed = [reason.rule for reason in self.reasons if not reason.passed]
        return failed == ["approval"]


def decide_promotion(comparison: Comparison, rules: Promotion) -> Verdict:
    """Judge a candidate; a first one, with no champion before it, has to beat nothing but chance of data.

    Every rule is evaluated, so that a rejection names all that is wrong at once.
    """
    accepted = headline(comparison.candidate, comparison.task)
    against_baseline = _against_baseline(comparison)
    if comparison.champion is None:
        first = Reason(rule="first", passed=True, figure=accepted, limit=None, text="No champion was compared with it.")
        return Verdict(promote=True, reasons=(first, against_baseline), accepted=accepted)
    gates = [
        _enough_rows(comparison),
        _better(comparison, comparison.champion, rules),
        _few_negative_flips(comparison, comparison.champion, rules),
        *_slices_hold(comparison, comparison.champion, rules),
        *_approved(rules),
    ]
    return Verdict(
        promote=all(reason.passed for reason in gates), reasons=(*gates, against_baseline), accepted=accepted
    )


def paired_p_value(worse: Losses, better: Losses) -> float:
    """One-sided p-value for "the mean loss of `better` is below that of `worse`" on the same rows.

    Zero-one losses: the exact McNemar test (McNemar 1947, in its binomial form). Others: the paired t-test.

    >>> paired_p_value(np.array([1.0] * 8 + [0.0] * 2), np.array([0.0] * 8 + [0.0] * 2))
    0.00390625
    """
    difference = worse - better
    gains, losses = int((difference > 0).sum()), int((difference < 0).sum())
    if gains + losses == 0:
        return 1.0
    if _zero_one(worse) and _zero_one(better):
        return float(stats.binomtest(gains, gains + losses, 0.5, alternative="greater").pvalue)
    if np.ptp(difference) == 0:
        return 0.0 if difference[0] > 0 else 1.0
    return float(stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue)


def _enough_rows(comparison: Comparison) -> Reason:
    rows = len(comparison.candidate)
    text = f"It was judged on {rows} held-out rows; {MINIMUM_ROWS} are the least."
    return Reason(rule="enough_rows", passed=rows >= MINIMUM_ROWS, figure=rows, limit=MINIMUM_ROWS, text=text)


def _better(comparison: Comparison, champion: Losses, rules: Promotion) -> Reason:
    p_value = paired_p_value(champion, comparison.candidate)
    limit = 1.0 - rules.confidence
    mine, theirs = (headline(side, comparison.task) for side in (comparison.candidate, champion))
    named = _named(comparison.task)
    outcome = "better" if p_value <= limit else "not shown to be better"
    text = (
        f"The candidate is {outcome} than the champion: {named} {_show(mine, comparison.task)} against "
        f"{_show(theirs, comparison.task)} (p = {p_value:.2g}, at most {limit:.2g} is asked)."
    )
    return Reason(rule="better", passed=p_value <= limit, figure=p_value, limit=limit, text=text)


def _few_negative_flips(comparison: Comparison, champion: Losses, rules: Promotion) -> Reason:
    """What the champion had surely right and the candidate gets wrong (Yan et al. 2021, negative flip rate)."""
    if comparison.task == "regression":
        text = "Negative flips are counted for classes only."
        return Reason(rule="negative_flips", passed=True, figure=None, limit=None, text=text)
    flips = comparison.sure & (champion == 0) & (comparison.candidate > 0)
    share = float(flips.mean())
    gained = float(((champion > 0) & (comparison.candidate == 0)).mean())
    limit = rules.max_negative_flips + gained / 2
    text = (
        f"{share:.1%} of the rows were right for sure before and are wrong now; allowed are "
        f"{rules.max_negative_flips:.1%} and half of the {gained:.1%} that it sets right."
    )
    return Reason(rule="negative_flips", passed=share <= limit, figure=share, limit=limit, text=text)


def _slices_hold(comparison: Comparison, champion: Losses, rules: Promotion) -> list[Reason]:
    """No slice may lose more than allowed, beyond what chance explains over all slices looked at."""
    looked_at = [
        (column, value, values == value)
        for column, values in comparison.slices.items()
        for value in sorted(set(values), key=str)
        if (values == value).sum() >= MINIMUM_SLICE_ROWS
    ]
    reasons = []
    for column, value, here in looked_at:
        before, after = champion[here].mean(), comparison.candidate[here].mean()
        drop = float(after - before) if comparison.task == "classification" else float(after / max(before, 1e-12) - 1)
        p_value = paired_p_value(comparison.candidate[here], champion[here])
        passed = drop <= rules.max_slice_drop or p_value > SLICE_ALPHA / len(looked_at)
        if not passed:
            text = f"Slice {column} = {value} loses {drop:.1%} ({int(here.sum())} rows, p = {p_value:.2g})."
            reasons.append(Reason(rule="slice", passed=False, figure=drop, limit=rules.max_slice_drop, text=text))
    if looked_at and not reasons:
        text = f"None of {len(looked_at)} slices loses more than {rules.max_slice_drop:.1%} beyond chance."
        reasons.append(Reason(rule="slice", passed=True, figure=None, limit=rules.max_slice_drop, text=text))
    return reasons


def _approved(rules: Promotion) -> list[Reason]:
    """With `approval: manual` no candidate is promoted by itself; a person does it by `keepsharp promote`."""
    if rules.approval == "auto":
        return []
    text = "A person has to approve it: `keepsharp promote MODEL VERSION --reason TEXT` lets it serve."
    return [Reason(rule="approval", passed=False, figure=None, limit=None, text=text)]


def _against_baseline(comparison: Comparison) -> Reason:
    """Said, not asked: the simple model may be as good, and then a person should know."""
    mine, simple = (headline(side, comparison.task) for side in (comparison.candidate, comparison.baseline))
    gain, low, high = difference_interval(comparison.baseline, comparison.candidate)
    if low > 0:
        verdict = "The network is better than the simple model"
    elif high < 0:
        verdict = "The simple model is better than the network"
    else:
        verdict = "The simple model is as good"
    unit = " points" if comparison.task == "classification" else ""
    scale = 100.0 if comparison.task == "classification" else 1.0
    text = (
        f"{verdict}: {_show(mine, comparison.task)} against {_show(simple, comparison.task)}, "
        f"a gain of {gain * scale:.3g}{unit} ({low * scale:.3g} to {high * scale:.3g})."
    )
    return Reason(rule="baseline", passed=True, figure=gain, limit=None, text=text)


def difference_interval(worse: Losses, better: Losses, level: float = 0.95) -> tuple[float, float, float]:
    """Mean of `worse - better` over paired rows, with its normal interval: (mean, low, high)."""
    difference = worse - better
    mean = float(difference.mean())
    half = float(stats.norm.ppf(0.5 + level / 2) * difference.std() / np.sqrt(len(difference)))
    return mean, mean - half, mean + half


def headline(losses: Losses, task: str) -> float:
    """Accuracy of zero-one losses, or the mean absolute error."""
    return float(1.0 - losses.mean()) if task == "classification" else float(losses.mean())


def _named(task: str) -> str:
    return "accuracy" if task == "classification" else "mean absolute error"


def _show(value: float, task: str) -> str:
    return f"{value:.1%}" if task == "classification" else f"{value:.4g}"


def _zero_one(losses: Losses) -> bool:
    return bool(np.isin(losses, (0.0, 1.0)).all())
