"""What `keepsharp check` found out about a model file and its data, for machines and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypedDict

import numpy as np

from infra.history.golden import also_in
from infra.history.history import History
from infra.spec import ModelSpec
from infra.spec.defaults import Plain, defaults_in_force
from monitoring.rulebook import Rule, rules_in_force

_SHOWN_COLUMNS = 20
_RULES = "alerts.rules."
"""They are shown as rules, not one by one as defaults."""


class ClassShare(TypedDict):
    """One class; `share` is of all rows, 0..1."""

    name: str
    rows: int
    share: float


class RuleShown(TypedDict):
    """One rule of alerts as it is in force."""

    enabled: bool
    severity: str
    open_after: int
    keep_firing_for: int
    runbook: str
    meaning: str


class Findings(TypedDict):
    """Everything `check` reports. `target` has class shares, or the range of the numbers."""

    model: str
    task: str
    source: str
    sha256: str
    rows: int
    first: str
    last: str
    target: str
    positive: str | None
    classes: list[ClassShare] | None
    range: dict[str, float] | None
    columns: dict[str, str]
    notes: list[str]
    golden: str | None
    rules: Mapping[str, RuleShown]
    defaults: Mapping[str, Plain]


def findings(spec: ModelSpec, history: History, golden: History | None = None) -> Findings:
    """Gather what was inferred of the history and of the trusted set, and every default in force."""
    return Findings(
        model=spec.model,
        task=spec.task,
        source=history.source,
        sha256=history.sha256,
        rows=len(history.target),
        first=history.times[0].isoformat(),
        last=history.times[-1].isoformat(),
        target=spec.data.target,
        positive=spec.data.positive,
        classes=_shares(history),
        range=_range(history) if history.classes is None else None,
        columns={name: str(kind) for name, kind in history.kinds.items()},
        notes=list(history.notes),
        golden=None if golden is None else _golden(golden, history),
        rules={name: _rule(rule) for name, rule in rules_in_force(spec).items()},
        defaults={place: value for place, value in defaults_in_force(spec).items() if not place.startswith(_RULES)},
    )


def _golden(golden: History, history: History) -> str:
    """What the trusted set is, and how much of it is no news to the model."""
    said = f"{len(golden.target):,} rows from {golden.source}"
    columns = [name for name, kind in golden.kinds.items() if kind != "picture"]
    known = int(also_in(golden.frame, history.frame, columns).sum()) if columns else 0
    return f"{said}, {known:,} of which are in the history as well and are left out" if known else said


def _rule(rule: Rule) -> RuleShown:
    return RuleShown(
        enabled=rule.enabled,
        severity=rule.severity,
        open_after=rule.open_after,
        keep_firing_for=rule.keep_firing_for,
        runbook=rule.runbook,
        meaning=rule.meaning,
    )


def _shares(history: History) -> list[ClassShare] | None:
    if history.classes is None:
        return None
    counts = Counter(history.target)
    rows = len(history.target)
    return [ClassShare(name=name, rows=counts[name], share=counts[name] / rows) for name in history.classes]


def _range(history: History) -> dict[str, float]:
    numbers = np.asarray(history.target, dtype=np.float64)
    return {
        "least": float(numbers.min()),
        "median": float(np.median(numbers)),
        "mean": float(numbers.mean()),
        "greatest": float(numbers.max()),
    }


def as_text(found: Findings) -> str:
    """The findings for a person."""
    lines = [
        f"{found['model']}: {found['task']} of `{found['target']}`",
        f"  rows      {found['rows']:,} from {found['source']}",
        f"  time      {found['first']} to {found['last']}",
        *_target_lines(found),
        *_column_lines(found["columns"]),
        *([f"  trusted   {found['golden']}"] if found["golden"] else []),
    ]
    if found["notes"]:
        lines += ["", "What to know about the data:", *(f"  - {note}" for note in found["notes"])]
    lines += ["", "Rules of alerts in force (`alerts.rules` changes them):", *_rule_lines(found["rules"])]
    lines += ["", "Defaults in force (say otherwise in the model file):", *_default_lines(found["defaults"])]
    return "\n".join(lines)


def _rule_lines(rules: Mapping[str, RuleShown]) -> Iterator[str]:
    width = max(map(len, rules), default=0)
    for name, rule in rules.items():
        how = f"opens after {rule['open_after']}, resolves after {rule['keep_firing_for']} quiet"
        life = f"{rule['severity']:<8}  {how}" if rule["enabled"] else "off"
        yield f"  {name:<{width}}  {life}  {rule['meaning']}"


def _default_lines(defaults: Mapping[str, Plain]) -> Iterator[str]:
    unset = [place for place, value in defaults.items() if value is None or value == []]
    width = max(map(len, defaults), default=0)
    yield from (f"  {place:<{width}}  {value}" for place, value in defaults.items() if place not in unset)
    yield f"  not set: {', '.join(unset)}"


def _target_lines(found: Findings) -> Iterator[str]:
    for place, one in enumerate(found["classes"] or []):
        mark = ", positive" if one["name"] == found["positive"] else ""
        yield f"  {'classes' if place == 0 else '':<9} {one['name']}: {one['rows']:,} rows, {one['share']:.2%}{mark}"
    if found["range"] is not None:
        yield "  numbers   " + ", ".join(f"{name} {value:g}" for name, value in found["range"].items())


def _column_lines(columns: Mapping[str, str]) -> Iterator[str]:
    by_kind: dict[str, list[str]] = {}
    for name, kind in columns.items():
        by_kind.setdefault(kind, []).append(name)
    for place, (kind, names) in enumerate(by_kind.items()):
        more = f" and {len(names) - _SHOWN_COLUMNS} more" if len(names) > _SHOWN_COLUMNS else ""
        listed = ", ".join(names[:_SHOWN_COLUMNS]) + more
        yield f"  {'columns' if place == 0 else '':<9} {len(names)} {kind}: {listed}"
