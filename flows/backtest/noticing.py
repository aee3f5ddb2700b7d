"""What monitoring would have told the policy: drift of the inputs, and the accuracy alarm of the champion.

The very functions that production judges by, on rows in memory. What a policy does not look at is not computed, and
so costs it nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from flows.backtest.bank import Bank, Trained
from flows.backtest.stream import Batch
from flows.windows.references import Reference, compared_frame, draw_reference
from infra.domain.alerts import Alert
from infra.domain.decisions import Champion
from infra.domain.windows import DriftReport, Window
from monitoring.drift import drift_report
from monitoring.policies import Policy
from monitoring.rules import ACCURACY_DEGRADED, judge_labels, worst_accepted
from monitoring.sequential import SCALE, TUNINGS, Detector, detector, scaled_error, take
from monitoring.tallies import tally_of

Look = Callable[[Trained, Batch], DriftReport]


def needs_of(policy: Policy) -> frozenset[str]:
    """What a policy looks at, of `drift` and `alarm`; one that does not say is shown both."""
    return frozenset(getattr(policy, "needs", ("drift", "alarm")))


@dataclass
class DriftLooks:
    """Drift reports of a stream's windows against the rows that a model learnt, each made once."""

    bank: Bank
    _references: dict[str, Reference] = field(default_factory=dict)
    _made: dict[tuple[str, int], tuple[DriftReport, float]] = field(default_factory=dict)

    def of(self, model: Trained, batch: Batch) -> tuple[DriftReport, float]:
        """(the report, CPU seconds that it took)."""
        place = (model.key, batch.index)
        if place not in self._made:
            began = time.thread_time()
            report = self._look(model, batch)
            self._made[place] = report, time.thread_time() - began
        return self._made[place]

    def _look(self, model: Trained, batch: Batch) -> DriftReport:
        stream, rules = self.bank.stream, self.bank.stream.spec.monitoring
        if model.key not in self._references:
            learnt = stream.examples.cut(max(0, model.through - stream.first_rows), model.through)
            self._references[model.key] = draw_reference(model.bundle, learnt, stream.spec)
        reference = self._references[model.key]
        rows = stream.examples.cut(batch.start, batch.stop)
        answers = model.bundle.answer(model.bundle.schema.encode(stream.frame.take(np.arange(batch.start, batch.stop))))
        frame, _ = compared_frame(rows.frame, reference.raw_kinds, answers.values, [None] * len(rows))
        return drift_report(
            reference.profile,
            tally_of(reference.profile, [frame]),
            alpha=rules.alpha,
            minimum_effect=rules.drift_effect,
            minimum_rows=rules.minimum_rows,
            unknown_categories=0,
        )


@dataclass
class Watch:
    """The alarm and the drift of one policy's run."""

    bank: Bank
    looks: DriftLooks
    needs: frozenset[str]
    alerts: tuple[Alert, ...] = ()
    _levels: dict[int, float] = field(default_factory=dict)
    _champion: Champion | None = None
    _detectors: tuple[Detector, ...] = ()
    _seen: int = 0

    def accepted(self, version: int) -> float:
        """The level that a version was accepted at."""
        return self._levels[version]

    def drift(self, model: Trained, batch: Batch) -> tuple[DriftReport | None, float]:
        """(drift of a window's inputs, what to charge beyond the running clock)."""
        if "drift" not in self.needs:
            return None, 0.0
        began = time.thread_time()
        report, seconds = self.looks.of(model, batch)
        return report, max(0.0, seconds - (time.thread_time() - began))

    def crowned(self, version: int, model: Trained, level: float, at: Window | None) -> None:
        """Another model serves: what stood about the one before is over."""
        spec = self.bank.stream.spec
        self._levels.setdefault(version, level)
        self.alerts, self._seen = (), 0
        self._champion = Champion(
            model=spec.model,
            version=version,
            sha256=model.key,
            since=self.bank.stream.examples.times[0] if at is None else at.end,
            since_seq=0 if at is None else at.last_seq,
            accepted=self._levels[version],
            decision_id=str(version),
        )
        worst = worst_accepted(self._champion, spec)
        limit = 1.0 - worst if spec.task == "classification" else (1.0 + spec.monitoring.tolerance) / SCALE
        self._detectors = tuple(detector(one, limit=limit, alpha=spec.monitoring.alpha) for one in TUNINGS)

    def follow(self, version: int, losses: np.ndarray, window: Window) -> None:
        """The labels of a measured window, as the alarm follows them."""
        champion, spec = self._champion, self.bank.stream.spec
        if "alarm" not in self.needs or champion is None or version != champion.version:
            return
        scaled = losses if spec.task == "classification" else [scaled_error(x, champion.accepted) for x in losses]
        self._detectors, fired = take(self._detectors, list(scaled), seen=self._seen)
        self._seen += len(losses)
        judged = judge_labels(window, champion, spec, labelled=window.rows)
        broken = [breach for breach in judged.breaches if breach.rule == ACCURACY_DEGRADED]
        if fired or broken:
            message = broken[0].message if broken else f"The alarm was raised {len(fired)} times in this window."
            since = self.alerts[0].opened_at if self.alerts else window.end
            self.alerts = (_alert(window, message, since),)
        elif ACCURACY_DEGRADED in judged.judged:
            self.alerts = ()


def _alert(window: Window, message: str, since: datetime) -> Alert:
    return Alert(
        id=f"{window.model}:{window.index}",
        model=window.model,
        rule=ACCURACY_DEGRADED,
        severity="critical",
        state="open",
        dedup_key=f"{window.model}:{ACCURACY_DEGRADED}",
        opened_at=since,
        updated_at=window.end,
        message=message,
        evidence={"last_seq": window.last_seq, "window": window.index},
    )
