"""Everything that was weighed, trained and decided about one model, as one list. It knows nothing of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from infra.display.wording import money
from infra.domain.alerts import Trigger
from infra.domain.decisions import PromotionDecision, TrainingRun
from infra.ports import Ports

SHOWS = ("all", "trained", "refused", "waiting")
Show = Literal["all", "trained", "refused", "waiting"]
MOST_ENTRIES = 300
WAITING = ("requested", "held", "accepted")
DONE = {
    "promote": "promoted",
    "reject": "rejected",
    "rollback": "rolled back to",
    "keep": "kept",
    "challenge": "appointed challenger",
    "dismiss": "dismissed as challenger",
}
_LEFT = ("model_left", "cost_center_left", "budget_limit")
_SOURCES = {"alert": "an alert", "policy": "the policy", "schedule": "the schedule", "first": "the first training"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line: a reason to retrain with the run and the decision that followed, or a decision or run by itself."""

    at: datetime
    trigger: Trigger | None
    run: TrainingRun | None
    decision: PromotionDecision | None
    asked_by: str
    outcome: str
    tone: Literal["good", "bad", "waits", "plain"]
    why: str
    gain: float | None
    """Decisions that the retraining was forecast to save, of so many ahead."""
    ahead: int | None
    cost: float | None
    """What it was forecast to cost."""
    left: float | None
    """What the month's budget had left, where it spoke."""

    @property
    def kind(self) -> Show:
        """Which of `SHOWS` it belongs to."""
        if self.run is not None or self.decision is not None:
            return "trained"
        waits = self.trigger is not None and self.trigger.state in WAITING
        return "waiting" if waits else "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """Newest first; `cut` when there is more than is shown."""

    entries: tuple[Entry, ...]
    held: tuple[Trigger, ...]
    running: tuple[TrainingRun, ...]
    cut: bool

    def shown(self, show: str) -> tuple[Entry, ...]:
        """The entries of one kind."""
        return self.entries if show == "all" else tuple(one for one in self.entries if one.kind == show)

    @property
    def weighed(self) -> int:
        """Reasons, refused ones included."""
        return sum(one.trigger is not None for one in self.entries)

    @property
    def trained(self) -> int:
        """Runs."""
        return sum(one.run is not None for one in self.entries)

    @property
    def promoted(self) -> int:
        """Runs whose version was promoted by its verdict."""
        return sum(one.decision is not None and one.decision.kind == "promote" for one in self.entries)

    def count(self, show: str) -> int:
        """How many there are of a kind."""
        return len(self.shown(show))


def timeline_of(ports: Ports, model: str) -> Timeline:
    """One model's.

    Raises:
        NotFound: no such model.
    """
    name = ports.models.get(model).name
    triggers = ports.triggers.page(name, MOST_ENTRIES)
    runs = ports.runs.page(name, MOST_ENTRIES)
    decisions = ports.decisions.page(name, MOST_ENTRIES)
    entries = sorted(_entries(triggers, runs, decisions), key=lambda one: one.at, reverse=True)
    return Timeline(
        entries=tuple(entries[:MOST_ENTRIES]),
        held=tuple(ports.triggers.in_state(name, "held")),
        running=tuple(run for run in runs if run.state == "running"),
        cut=MOST_ENTRIES in (len(triggers), len(runs), len(decisions)),
    )


def _entries(
    triggers: Sequence[Trigger], runs: Sequence[TrainingRun], decisions: Sequence[PromotionDecision]
) -> list[Entry]:
    run_of = {run.trigger_id: run for run in reversed(runs)}
    verdicts: dict[str, PromotionDecision] = {}
    for one in decisions:  # the oldest about a run is its verdict
        if one.run_id and one.kind in ("promote", "reject") and one.actor == "keepsharp":
            verdicts[one.run_id] = one
    found: list[Entry] = []
    told: set[str] = set()
    for trigger in triggers:
        began = run_of.get(trigger.id)
        ruling = None if began is None else verdicts.get(began.id)
        told.update(one.id for one in (began, ruling) if one is not None)
        found.append(_of_trigger(trigger, began, ruling))
    for run in (one for one in runs if one.id not in told):
        ruling = verdicts.get(run.id)
        told.update([] if ruling is None else [ruling.id])
        found.append(_alone(run=run, decision=ruling))
    found += [_alone(run=None, decision=one) for one in decisions if one.id not in told]
    return found


def _of_trigger(trigger: Trigger, run: TrainingRun | None, verdict: PromotionDecision | None) -> Entry:
    evidence = trigger.evidence
    outcome, tone = _outcome(trigger, run, verdict)
    left = next((evidence[name] for name in _LEFT if name in evidence), None)
    return Entry(
        at=trigger.at,
        trigger=trigger,
        run=run,
        decision=verdict,
        asked_by=_SOURCES.get(trigger.source, trigger.actor),
        outcome=outcome,
        tone=tone,
        why=trigger.reason,
        gain=_number(evidence.get("gain_ahead")),
        ahead=int(ahead) if (ahead := _number(evidence.get("decisions_ahead"))) is not None else None,
        cost=_number(evidence.get("forecast_cost", evidence.get("budget_figure"))),
        left=_number(left),
    )


def _alone(*, run: TrainingRun | None, decision: PromotionDecision | None) -> Entry:
    """A run whose trigger is not known, or a decision that no run led to."""
    at = decision.at if decision is not None else run.at if run is not None else None
    assert at is not None
    outcome, tone = _ended(run, decision)
    return Entry(
        at=at,
        trigger=None,
        run=run,
        decision=decision,
        asked_by=decision.actor if decision is not None else "—",
        outcome=outcome,
        tone=tone,
        why=decision.summary if decision is not None else run.message if run is not None else "",
        gain=None,
        ahead=None,
        cost=None,
        left=None,
    )


def _outcome(
    trigger: Trigger, run: TrainingRun | None, verdict: PromotionDecision | None
) -> tuple[str, Literal["good", "bad", "waits", "plain"]]:
    if run is not None or verdict is not None:
        return _ended(run, verdict)
    words: dict[str, tuple[str, Literal["good", "bad", "waits", "plain"]]] = {
        "requested": ("waits for the next look", "waits"),
        "held": ("waits for approval", "waits"),
        "accepted": ("accepted, not begun yet", "waits"),
        "refused": ("refused", "plain"),
        "done": ("done", "plain"),
        "failed": ("failed", "bad"),
    }
    return words[trigger.state]


def _ended(
    run: TrainingRun | None, verdict: PromotionDecision | None
) -> tuple[str, Literal["good", "bad", "waits", "plain"]]:
    if verdict is not None:
        return f"version {verdict.version} {DONE[verdict.kind]}", "good" if verdict.kind == "promote" else "plain"
    assert run is not None
    if run.state == "running":
        return "training now", "waits"
    if run.state == "succeeded":
        return (f"version {run.version} awaits judgement" if run.version else "trained"), "waits"
    return "the training failed" if run.state == "failed" else "the training was broken off", "bad"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def gain_words(entry: Entry) -> str:
    """The forecast gain, in decisions."""
    if entry.gain is None:
        return "—"
    of = f" of {entry.ahead:,}" if entry.ahead is not None else ""
    return f"{entry.gain:.1f}{of}"


def cost_words(amount: float | None, currency: str) -> str:
    """An amount, or that none is known."""
    return "—" if amount is None else money(amount, currency)
