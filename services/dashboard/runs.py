"""One training run with everything that belongs to it, read through the ports. It knows nothing of HTML."""

from __future__ import annotations

from dataclasses import dataclass

from infra.crowning import appointed
from infra.display.wording import Metric
from infra.domain.alerts import Trigger
from infra.domain.corrections import CorrectionLedger
from infra.domain.costs import CostEntry
from infra.domain.decisions import Champion, PromotionDecision, Reason, TrainingRun
from infra.domain.dossier import Dossier
from infra.domain.errors import DataError, NotFound
from infra.domain.handover import has_served, previous_version
from infra.domain.objections import APPROVAL, FORCED, objections
from infra.domain.returns import Return
from infra.dossiers import read_dossier
from infra.ports import Ports
from services.dashboard.model_file import currency_of, metric_of
from services.dashboard.training import EpochSeen, Training, training_of

MANY = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A run. Everything that is not there yet, or was not kept, is None or empty."""

    run: TrainingRun
    metric: Metric
    currency: str
    trigger: Trigger | None
    decisions: tuple[PromotionDecision, ...]
    """About its version, newest first."""
    reasons: tuple[Reason, ...]
    """The verdict, line by line: of the first decision about it."""
    training: Training | None
    dossier: Dossier | None
    missing: str
    """Why there is no dossier."""
    ledger: CorrectionLedger | None
    costs: tuple[CostEntry, ...]
    paid: Return | None
    champion: Champion | None
    challenges: bool
    """Whether its version answers beside the champion."""
    rejectable: bool
    """Whether it is a candidate that nothing speaks against yet, or that challenges."""
    awaits: bool
    """Whether only a person's word is missing."""
    against: tuple[Reason, ...]
    """What speaks against promoting it."""
    before: int | None
    """The version that a rollback brings back, where this one serves."""

    @property
    def serves(self) -> bool:
        """Whether its version is the champion."""
        return self.champion is not None and self.champion.version == self.run.version

    @property
    def epochs(self) -> tuple[EpochSeen, ...]:
        """As the training told them, else as the dossier kept them."""
        if self.training is not None and self.training.epochs:
            return self.training.epochs
        kept = self.dossier.epochs if self.dossier is not None else ()
        return tuple(
            EpochSeen(
                number=one.number,
                train_loss=one.train_loss,
                validation_loss=one.validation_loss,
                score=one.validation_score,
                gradient_norm=None,
            )
            for one in kept
        )


def run_of(ports: Ports, model: str, run_id: str) -> TrainingRun:
    """The run, which must be the model's.

    Raises:
        NotFound: there is no such model or run.
    """
    name, run = ports.models.get(model).name, ports.runs.get(run_id)
    if run.model != name:
        raise NotFound(f"{name} has no run {run_id}: its retraining page lists those there are")
    return run


def told_of(ports: Ports, model: str, run_id: str) -> Told:
    """Everything about one run. Raises NotFound as `run_of`."""
    run, known = run_of(ports, model, run_id), ports.models.get(model)
    decisions = ports.decisions.page(run.model, MANY)
    about = tuple(one for one in decisions if run.version is not None and one.version == run.version)
    verdict = next((one for one in reversed(about) if one.run_id == run.id and _is_verdict(one)), None)
    champion = ports.versions.champion(run.model)
    challenger = appointed(ports, run.model, "challenger")
    dossier, missing = _dossier(ports, run)
    serves = champion is not None and champion.version == run.version
    challenges = challenger is not None and run.version is not None and challenger.version == run.version
    against = () if run.version is None else objections(decisions, run.version)
    return Told(
        run=run,
        metric=metric_of(known),
        currency=currency_of(known),
        trigger=_trigger(ports, run),
        decisions=about,
        reasons=verdict.reasons if verdict is not None else (),
        training=training_of(ports.artifacts, run.id),
        dossier=dossier,
        missing=missing,
        ledger=_ledger(ports, run),
        costs=tuple(ports.costs.of_run(run.id)),
        paid=next((one for one in ports.returns.page(run.model, MANY) if one.run_id == run.id), None),
        champion=champion,
        challenges=challenges,
        rejectable=_is_candidate(run, serves, decisions) and (challenges or not against),
        awaits=bool(about) and _awaits(about[0]),
        against=against,
        before=previous_version(decisions, champion) if champion is not None and serves else None,
    )


def _is_verdict(decision: PromotionDecision) -> bool:
    """Whether rules spoke, and not a person alone."""
    return any(one.rule not in ("person", FORCED) for one in decision.reasons)


def _is_candidate(run: TrainingRun, serves: bool, decisions: list[PromotionDecision]) -> bool:
    """Whether the run has ended with a version that never served."""
    made = run.version is not None and run.state != "running"
    return made and not serves and not has_served(decisions, run.version or 0)


def _awaits(newest: PromotionDecision) -> bool:
    return [one.rule for one in newest.reasons if not one.passed] == [APPROVAL]


def _trigger(ports: Ports, run: TrainingRun) -> Trigger | None:
    try:
        return ports.triggers.get(run.trigger_id)
    except NotFound:
        return None


def _dossier(ports: Ports, run: TrainingRun) -> tuple[Dossier | None, str]:
    try:
        return read_dossier(ports.artifacts, run.model, run.id), ""
    except (NotFound, DataError) as error:
        return None, str(error)


def _ledger(ports: Ports, run: TrainingRun) -> CorrectionLedger | None:
    try:
        return ports.corrections.get(run.id)
    except NotFound:
        return None
