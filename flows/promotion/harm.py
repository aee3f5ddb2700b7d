"""What a better candidate may still do harm to: groups of rows, sure answers, confidence, and corrections it was
taught before."""

from __future__ import annotations

import numpy as np

from flows.promotion.comparison import Comparison, Confidences
from flows.promotion.losses import Losses
from flows.promotion.pairs import paired_p_value
from infra.domain.corrections import CorrectionTests
from infra.domain.decisions import Reason
from infra.spec import Promotion
from monitoring.calibration_error import expected_calibration_error, null_quantile

MINIMUM_SLICE_ROWS = 30
SLICE_ALPHA = 0.05
NULL_SHARE = 0.99
FORECAST_ALPHA = 0.05
"""At which a candidate's confidence is shown to foretell its answers better than the champion's foretells its own."""
LEAST_DOUBT = 1e-3
"""Nobody is taken to be surer than this: a single sure mistake would outweigh a window."""


def few_negative_flips(comparison: Comparison, champion: Losses, rules: Promotion) -> Reason:
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


def slices_hold(comparison: Comparison, champion: Losses, rules: Promotion) -> list[Reason]:
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
        if drop <= rules.max_slice_drop:
            continue
        p_value = paired_p_value(comparison.candidate[here], champion[here])
        if p_value <= SLICE_ALPHA / len(looked_at):
            text = f"Slice {column} = {value} loses {drop:.1%} ({int(here.sum())} rows, p = {p_value:.2g})."
            reasons.append(Reason(rule="slice", passed=False, figure=drop, limit=rules.max_slice_drop, text=text))
    if looked_at and not reasons:
        none = f"None of {len(looked_at)} slices loses" if len(looked_at) > 1 else "The one slice does not lose"
        text = f"{none} more than {rules.max_slice_drop:.1%} beyond chance."
        reasons.append(Reason(rule="slice", passed=True, figure=None, limit=rules.max_slice_drop, text=text))
    return reasons


def calibrated(comparison: Comparison, champion: Losses, rules: Promotion) -> list[Reason]:
    """Its confidence may not be further from the truth than the champion's, beyond what a perfect one shows by luck.

    A candidate that is right much more often may be, as long as its confidence tells more than the champion's: the
    logarithmic score of "this answer is right" (Good 1952) counts both, and punishes who is sure and wrong the most.
    Not while the labels are in doubt: to foretell wrong labels well is no merit.
    """
    mine, theirs = comparison.candidate_confidence, comparison.champion_confidence
    if mine is None or theirs is None:
        return []
    found, before = _error(mine, comparison.candidate), _error(theirs, champion)
    chance = null_quantile(mine, NULL_SHARE)
    limit = max(chance, before + rules.max_calibration_rise)
    text = (
        f"Its confidence is off by {found:.1%} on average, the champion's by {before:.1%}; a perfect one shows up to "
        f"{chance:.1%} by luck, and a rise of {rules.max_calibration_rise:.1%} beyond that is allowed."
    )
    passed = found <= limit
    if not passed and not comparison.doubt:
        after, earlier = _surprise(mine, comparison.candidate), _surprise(theirs, champion)
        p_value = paired_p_value(earlier, after)
        passed = p_value <= FORECAST_ALPHA
        text += (
            f" What it is sure of {'tells more all the same' if passed else 'does not surely tell more either'}: a "
            f"logarithmic score of {after.mean():.3f} against {earlier.mean():.3f} (p = {p_value:.2g}, at most "
            f"{FORECAST_ALPHA:g} is asked; less is better)."
        )
    return [Reason(rule="calibration", passed=passed, figure=found, limit=limit, text=text)]


def corrections_hold(tests: CorrectionTests | None, rules: Promotion) -> list[Reason]:
    """What was corrected once must stay corrected: standing tests lost beyond chance, and beyond rows alike."""
    if tests is None or tests.surely_lost is None:
        return []
    passed = tests.surely_lost <= rules.max_forgotten
    alike = "" if tests.expected_lost is None else f" (rows alike would lose {tests.expected_lost:.1f})"
    text = (
        f"Of {tests.total} corrections that became tests it forgets {tests.lost} which the champion keeps{alike}, and "
        f"regains {tests.regained}; a sure loss of {rules.max_forgotten:.1%} is allowed."
    )
    return [Reason(rule="corrections", passed=passed, figure=tests.surely_lost, limit=rules.max_forgotten, text=text)]


def _error(confidence: Confidences, losses: Losses) -> float:
    return expected_calibration_error(confidence, losses == 0)


def _surprise(confidence: Confidences, losses: Losses) -> Losses:
    """The logarithmic score of each answer's confidence in nats: 0 where it was sure and right."""
    foretold = np.clip(np.where(losses == 0, confidence, 1.0 - confidence), LEAST_DOUBT, 1.0 - LEAST_DOUBT)
    surprise: Losses = -np.log(foretold)
    return surprise
