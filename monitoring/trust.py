"""Whether fresh labels say something else than a trusted set, seen by the same champion.

Either the fresh labels are wrong, or the world has moved away from the set: the alert says both, and a person knows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from infra.domain.alerts import Evidence
from infra.spec import ModelSpec
from monitoring.breaches import breach_of
from monitoring.feedback import LABELS_SUSPECT
from monitoring.rules import Judgement

SURE = 0.001
"""How unlikely the difference has to be by chance; it is asked again with every retraining."""


def judge_trust(
    spec: ModelSpec,
    *,
    version: int,
    name: str,
    trusted: NDArray[np.float64],
    fresh: NDArray[np.float64],
    worse_on_trusted: bool,
) -> Judgement:
    """The champion's losses on the trusted rows and on fresh ones (0 or 1, or absolute errors), and whether candidate
    `version`, which learnt from fresh labels, is worse on the trusted ones. An alert opens; windows resolve it."""
    gap = float(fresh.mean() - trusted.mean())
    p_value = _p_value(fresh, trusted)
    apart = p_value <= SURE and gap > _tolerated(spec, trusted)
    if not apart and not worse_on_trusted:
        return Judgement()
    said = []
    if apart:
        said.append(
            f"the champion does worse on {len(fresh)} fresh labels than on {len(trusted)} trusted rows "
            f"({_both(spec, fresh, trusted)})"
        )
    if worse_on_trusted:
        said.append(
            f"version {version}, which learnt from the fresh labels, is worse on the trusted rows than the champion"
        )
    message = (
        f"Fresh labels and the trusted set {name} contradict each other: {'; '.join(said)}. Either the fresh labels "
        f"are wrong (`keepsharp labels suspects {spec.model}` lists some), or the world has moved and the set is old."
    )
    evidence: Evidence = {"version": version, "golden": name, "gap": gap, "p_value": p_value, "trusted": len(trusted)}
    return Judgement(breaches=(breach_of(LABELS_SUSPECT, "warning", spec.model, message, evidence),))


def _p_value(fresh: NDArray[np.float64], trusted: NDArray[np.float64]) -> float:
    """One-sided, of "the mean on fresh rows is no higher": Fisher's exact test for classes, else Welch's."""
    if np.isin(fresh, (0.0, 1.0)).all() and np.isin(trusted, (0.0, 1.0)).all():
        wrong, wrong_before = int(fresh.sum()), int(trusted.sum())
        table = [[wrong, len(fresh) - wrong], [wrong_before, len(trusted) - wrong_before]]
        return float(stats.fisher_exact(table, alternative="greater").pvalue)
    if np.ptp(fresh) == 0.0 and np.ptp(trusted) == 0.0:
        return 0.0 if fresh.mean() > trusted.mean() else 1.0
    return float(stats.ttest_ind(fresh, trusted, equal_var=False, alternative="greater").pvalue)


def _tolerated(spec: ModelSpec, trusted: NDArray[np.float64]) -> float:
    tolerance = spec.monitoring.tolerance
    return tolerance if spec.task == "classification" else tolerance * float(trusted.mean())


def _both(spec: ModelSpec, fresh: NDArray[np.float64], trusted: NDArray[np.float64]) -> str:
    if spec.task == "classification":
        return f"accuracy {1 - fresh.mean():.1%} against {1 - trusted.mean():.1%}"
    return f"MAE {fresh.mean():.4g} against {trusted.mean():.4g}"
