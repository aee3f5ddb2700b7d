"""One policy on a stream: it is asked after each window, as production asks it, and what it orders is trained.

A window is answered by the champion of the moment; the policy then sees what is known by the labels that have come;
what it has trained serves from the next window on. Every CPU second counts: training, and deciding, with whatever was
answered or compared for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from flows.asking.recalling import chosen_rivals, paired
from flows.backtest.bank import Bank, Trained
from flows.backtest.lessons import first_lesson, lesson_of
from flows.backtest.noticing import Watch
from flows.backtest.pairing import Gate
from flows.backtest.played import Deed, Played
from flows.backtest.stream import Batch, Stream
from flows.training.choosing_rows import hold_out
from infra.domain.windows import PerformanceReport, Window
from infra.spec.money import Costs
from monitoring.intervals import headline
from monitoring.policies import PastRetrain, Policy, Rival, Situation, Verdict
from monitoring.policies.guards import refusals


@dataclass(kw_only=True)
class Reign:
    """A model on the throne: since which batch, by which retraining (None: the first), and whom it replaced.

    `through` is the first row that the next update learns: of a version that was brought back, the first of the newest
    labelled window, since what lies between it and its own training is of other worlds.
    """

    version: int
    model: Trained
    since: int
    through: int
    retrain: int | None = None
    before: Trained | None = None


@dataclass
class Play:
    """The state of one policy's run through the stream."""

    stream: Stream
    bank: Bank
    policy: Policy
    watch: Watch
    gate: Gate | None = None
    replay: float = 1.0
    costs: Costs = field(default_factory=Costs)
    versions: dict[int, Trained] = field(default_factory=dict)
    reigns: list[Reign] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    past: list[PastRetrain] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    losses: list[np.ndarray] = field(default_factory=list)
    served: list[Reign] = field(default_factory=list)
    asked: int = 0
    tried: int = 0
    measured: int = 0
    deciding: float = 0.0

    def run(self) -> Played:
        """Through all windows."""
        first = self.bank.train(first_lesson(self.stream))
        self._crown(first, since=0, through=self.stream.first_rows)
        for batch in self.stream.batches:
            self._answer(batch)
            if batch.index + 1 < len(self.stream.batches):
                self._consider(batch)
        return Played(
            policy=self.policy.name,
            losses=np.concatenate(self.losses),
            deeds=tuple(self.deeds),
            deciding_seconds=self.deciding,
        )

    @property
    def scale(self) -> float:
        """The loss that counts as one: 1 for classes, the MAE that the first champion was accepted at for numbers."""
        return 1.0 if self.stream.spec.task == "classification" else max(self.watch.accepted(1), 1e-12)

    def _answer(self, batch: Batch) -> None:
        reign = self.reigns[-1]
        found, _ = self.bank.losses(reign.model, batch)  # serving is paid for by whoever is served
        self.losses.append(found)
        self.served.append(reign)
        times, offset = self.stream.examples.times, self.stream.first_rows - 1
        self.windows.append(
            Window(
                model=self.stream.spec.model,
                index=batch.index,
                first_seq=batch.start - offset,
                last_seq=batch.stop - 1 - offset,
                start=times[batch.start],
                end=times[batch.stop - 1],
                rows=batch.rows,
                versions=(reign.version,),
                state="provisional",
            )
        )

    def _consider(self, batch: Batch) -> None:
        began = time.thread_time()
        charged = self._measure(batch)
        situation = self._situation(batch)
        wanted = getattr(self.policy, "wants_rivals", _none)(situation)
        if wanted and self.measured:
            rivals, seconds = self._rivals(wanted)
            situation, charged = replace(situation, rivals=rivals), charged + seconds
        verdict = self.policy.decide(situation)
        refused = verdict.retrain and verdict.how != "bring_back" and bool(refusals(situation, self.stream.spec))
        self.deciding += time.thread_time() - began + charged
        if verdict.retrain and not refused:
            self._act(batch, verdict)

    def _measure(self, batch: Batch) -> float:
        """Measure the windows whose labels have come, and what the last retraining gained there; what was charged for
        answers that were computed for another policy before."""
        charged = 0.0
        while self.measured < len(self.windows) and self.stream.batches[self.measured].stop <= batch.known:
            index = self.measured
            window, losses = self.windows[index], self.losses[index]
            drift, seconds = self.watch.drift(self.served[index].model, self.stream.batches[index])
            report = _report(losses, self.stream, window)
            self.windows[index] = replace(window, state="final", drift=drift, performance=report)
            self.watch.follow(self.served[index].version, losses, self.windows[index])
            charged += seconds + self._gain(index)
            self.measured += 1
        return charged

    def _gain(self, index: int) -> float:
        """What the model that answered this window gained over the one it replaced."""
        reign = self.served[index]
        if reign.retrain is None or reign.before is None or self.past[reign.retrain].gain is not None:
            return 0.0
        before, seconds = self._fresh_losses(reign.before, index)
        gain, error = paired(before, self.losses[index])
        self.past[reign.retrain] = replace(
            self.past[reign.retrain], gain=gain / self.scale, gain_error=error / self.scale
        )
        return seconds

    def _fresh_losses(self, model: Trained, index: int) -> tuple[np.ndarray, float]:
        """(losses on a window, what to charge beyond the clock that is running)."""
        began = time.thread_time()
        found, seconds = self.bank.losses(model, self.stream.batches[index])
        return found, max(0.0, seconds - (time.thread_time() - began))

    def _situation(self, batch: Batch) -> Situation:
        spec, reign = self.stream.spec, self.reigns[-1]
        offset = self.stream.first_rows - 1
        learnt = max(reign.through, self.tried)  # a candidate that was refused had its chance at these rows
        since = [one for one in self.windows[: self.measured] if one.first_seq > learnt - offset - 1]
        return Situation(
            model=spec.model,
            at=self.windows[-1].end,
            metric="accuracy" if spec.task == "classification" else "mae",
            accepted=self.watch.accepted(reign.version),
            windows=tuple(self.windows[max(0, self.measured - 200) : self.measured]),
            alerts=self.watch.alerts,
            trained_at=self.windows[self.asked].end if self.deeds else self.stream.examples.times[0],
            trained_seq=max(0, learnt - offset - 1),
            arrivals_since=batch.stop
            - (self.stream.batches[self.asked].stop if self.deeds else self.stream.first_rows),
            new_labels=max(0, batch.known - learnt) if since or self.past else 0,
            past=tuple(self.past),
            decisions_ahead=batch.rows,
            wrong_decision=self.costs.wrong_decision,
            brought_back=len(self.reigns) > 1 and reign.retrain is None,
        )

    def _rivals(self, most: int) -> tuple[tuple[Rival, ...], float]:
        """(earlier versions on the newest measured window; what to charge for it)."""
        index, serving, charged, rivals = self.measured - 1, self.reigns[-1].version, 0.0, []
        served = list(dict.fromkeys(one.version for one in self.reigns if one.version != serving))
        champion, seconds = self._fresh_losses(self.reigns[-1].model, index)
        for version in chosen_rivals(served, most):
            losses, more = self._fresh_losses(self.versions[version], index)
            gain, error = paired(champion, losses)
            rivals.append(Rival(version=version, gain=gain / self.scale, error=error / self.scale, rows=len(losses)))
            charged += more
        return tuple(rivals), charged + seconds

    def _act(self, batch: Batch, verdict: Verdict) -> None:
        self.asked = batch.index
        champion = self.reigns[-1].model
        if verdict.how == "bring_back":
            assert verdict.version is not None
            self._note(batch, verdict, 0.0, promoted=True)
            newest = max(self.stream.batches[self.measured - 1].start, self.versions[verdict.version].through)
            self._crown(self.versions[verdict.version], since=batch.index + 1, through=newest, version=verdict.version)
            return
        through = self.reigns[-1].through
        held, judging = (0, 0) if self.gate is None else hold_out(batch.known - through, batch.rows)
        known = batch.known - judging
        if known - held <= through:
            return  # what is new judges, and nothing is left to learn
        lesson = lesson_of(verdict, champion, through, known, self.replay, self.bank.seed, held=held)
        model = self.bank.train(lesson)
        self.tried = batch.known
        promoted = self.gate is None or self._passes(model, champion, known, batch.known)
        self._note(batch, verdict, model.cpu_seconds, promoted=promoted, key=model.key)
        self.past.append(
            PastRetrain(
                at=self.windows[-1].end,
                how=verdict.how,
                promoted=promoted,
                cpu_seconds=model.cpu_seconds,
                cost=model.cpu_seconds * (self.costs.cpu_hour or 0.0) / 3600.0,
                stale_windows=(known - through) / batch.rows,
                past=verdict.past,
            )
        )
        if promoted:
            self._crown(
                model, since=batch.index + 1, through=model.through, retrain=len(self.past) - 1, before=champion
            )

    def _passes(self, model: Trained, champion: Trained, start: int, stop: int) -> bool:
        assert self.gate is not None
        alarms = [alert.opened_at for alert in self.watch.alerts]
        return self.gate.passes(model, champion, start, stop, self.windows[-1].end, min(alarms, default=None))

    def _note(self, batch: Batch, verdict: Verdict, seconds: float, *, promoted: bool, key: str = "") -> None:
        deed = Deed(
            batch=batch.index, how=verdict.how, reason=verdict.reason, cpu_seconds=seconds, promoted=promoted, key=key
        )
        self.deeds.append(deed)

    def _crown(
        self,
        model: Trained,
        *,
        since: int,
        through: int,
        version: int | None = None,
        retrain: int | None = None,
        before: Trained | None = None,
    ) -> None:
        number = len(self.versions) + 1 if version is None else version
        self.versions[number] = model
        self.reigns.append(
            Reign(version=number, model=model, since=since, through=through, retrain=retrain, before=before)
        )
        level = self.watch_level(model)
        self.watch.crowned(number, model, level, self.windows[-1] if self.windows else None)

    def watch_level(self, model: Trained) -> float:
        """The level a model is held to: its headline metric on the rows it was stopped and calibrated on."""
        losses, _ = self.bank.losses_on(model, *model.calibrated_on)
        return float(1.0 - losses.mean()) if self.stream.spec.task == "classification" else float(losses.mean())


def _none(_: Situation) -> int:
    return 0


def _report(losses: np.ndarray, stream: Stream, window: Window) -> PerformanceReport | None:
    if len(losses) < stream.spec.monitoring.minimum_rows:
        return None
    value, low, high = headline(losses, stream.spec)
    return PerformanceReport(
        kind="measured",
        metric="accuracy" if stream.spec.task == "classification" else "mae",
        value=value,
        low=low,
        high=high,
        rows=window.rows,
        labelled=window.rows,
        confident_errors=0,
        slices=(),
        others={},
    )
