"""Every rule there is, with what it means and how soon it speaks: keepsharp's table, changed by the model file.

It judges nothing: `monitoring.rules` and its neighbours do, and `monitoring.alerting` asks here how an alert lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from infra.domain.alerts import Severity
from infra.spec import ModelSpec
from infra.spec.watching import AlertRule, RuleName

RUNBOOKS = "docs/runbooks.md"
"""Where it is written what to do about each rule, under its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule as it is in force."""

    severity: Severity
    meaning: str
    open_after: int = 1
    """Judgements in a row that must break it before anybody is told."""
    keep_firing_for: int = 2
    """Judgements in a row without a breach before its alert resolves."""
    enabled: bool = True
    runbook: str = ""
    severity_is_set: bool = False
    """The model file names the severity, whatever a breach says."""


RULES: Mapping[RuleName, Rule] = MappingProxyType(
    {
        "accuracy_degraded": Rule(severity="critical", meaning="Labels show answers worse than accepted."),
        "estimate_degraded": Rule(
            severity="warning", open_after=2, meaning="Answers are estimated to be worse than accepted, before labels."
        ),
        "input_drift": Rule(severity="warning", meaning="Inputs moved against the reference."),
        "prediction_drift": Rule(severity="info", meaning="Answers moved against the reference."),
        "new_categories": Rule(severity="warning", meaning="Values of a category that was never trained on."),
        "data_quality": Rule(severity="warning", meaning="Missing, impossible, constant, repeated or stale values."),
        "weak_slice": Rule(severity="warning", meaning="One group of rows is answered worse than the others."),
        "labels_missing": Rule(severity="warning", meaning="Labels were due and did not come."),
        "labels_late": Rule(severity="warning", meaning="Labels come later than the model file expects."),
        "labels_biased": Rule(severity="warning", meaning="Labels do not stand for all rows."),
        "labels_suspect": Rule(severity="warning", meaning="Labels look wrong and wait to be looked at."),
        "new_classes": Rule(severity="warning", meaning="Labels name classes that the model cannot answer with."),
        "labels_quarantined": Rule(
            severity="critical", keep_firing_for=1, meaning="Labels are held back from training until released."
        ),
        "promotion_forced": Rule(severity="warning", meaning="A person promoted a version against its verdict."),
        "no_traffic": Rule(severity="critical", meaning="Nobody asks the model any more."),
        "no_labels": Rule(severity="warning", meaning="No label comes any more."),
        "monitor_silent": Rule(severity="critical", meaning="Something that has to run again and again did not."),
        "monitor_failed": Rule(severity="critical", meaning="Looking at the model failed."),
        "reference_old": Rule(severity="info", keep_firing_for=1, meaning="The reference is older than agreed."),
        "schedule_stopped": Rule(severity="warning", meaning="A retraining was due by schedule and nobody asked."),
        "retraining_failed": Rule(severity="warning", meaning="A retraining was due and could not be carried out."),
        "budget": Rule(
            severity="warning", keep_firing_for=1, meaning="Most of a month's budget is spent, or all of it."
        ),
        "delivery_failed": Rule(
            severity="warning", keep_firing_for=1, meaning="A target could not be told and was given up on."
        ),
    }
)
"""What keepsharp assumes; the model file says otherwise under `alerts.rules`."""


def rule_in_force(name: str, spec: ModelSpec) -> Rule | None:
    """The rule of this name as the model file has it; None for one that is no matter of model files."""
    known = {str(rule): rule for rule in RULES}.get(name)
    if known is None:
        return None
    rule = replace(RULES[known], runbook=f"{RUNBOOKS}#{name}")
    said = spec.alerts.rules.get(known)
    return rule if said is None else _as_said(rule, said)


def rules_in_force(spec: ModelSpec) -> dict[str, Rule]:
    """All of them, by name."""
    found = {str(name): rule_in_force(name, spec) for name in RULES}
    return {name: rule for name, rule in found.items() if rule is not None}


def _as_said(rule: Rule, said: AlertRule) -> Rule:
    given = said.model_fields_set
    return replace(
        rule,
        enabled=said.enabled,
        severity=said.severity or rule.severity,
        severity_is_set=said.severity is not None,
        open_after=said.open_after if "open_after" in given else rule.open_after,
        keep_firing_for=said.keep_firing_for if "keep_firing_for" in given else rule.keep_firing_for,
        runbook=said.runbook or rule.runbook,
    )
