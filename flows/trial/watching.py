"""Probation: a new champion is compared with the one before it on the rows it answered, and kept or taken back.

The old champion answers every one of those rows here, from its own bundle and the features that were stored. That is
what it would have said in shadow, to the same hash of weights, and of all rows instead of the share that a shadow is
given (4 % of a core, dropped when busy): exact, and nothing had to be stored. Labels held back count for nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from flows.desk import Desk
from flows.holding import holding, if_free
from flows.notifying import close_answered
from flows.rows.origins import run_of
from flows.rows.quarantining import without_held_back
from flows.training.examples import from_answered
from flows.trial.challenging import answer_challenger, weigh_challenger
from flows.trial.judging import answers_of
from flows.trial.succession import close_replaced, finish_succession
from infra.crowning import dismiss_crowned
from infra.domain.decisions import Candidate, Champion, PromotionDecision
from infra.domain.errors import NotFound, Refused
from infra.domain.handover import accepted_level
from infra.domain.predictions import Answered
from infra.domain.stretches import Stretch, blocks_of
from infra.domain.values import Answer
from infra.ports import Lease
from monitoring.forcing import PROMOTION_FORCED
from monitoring.watch import Pairs, Probation, judge_pairs, pairs_of

MANY_DECISIONS = 1_000
ROWS_AT_ONCE = 20_000
"""Of a probation that are in memory at once."""
Word = Literal["keep", "rollback", "promote", "drop", "wait", "no probation", "no challenger"]
ACTS: frozenset[Word] = frozenset({"keep", "rollback", "promote", "drop"})
"""Words that are followed by a decision."""


@dataclass(frozen=True, kw_only=True)
class WatchResult:
    """What probation or the challenger's labels say now, and the decision that was recorded, if any."""

    word: Word
    decision: PromotionDecision | None = None


def watch(desk: Desk, *, now: datetime | None = None) -> Word:
    """What there is to do about the champion on probation, or else about a challenger; nothing is recorded.

    `now` is needed to see that nobody approved a candidate in time.
    """
    found = _judge(desk)
    word: Word = "no probation" if found is None else found[1].outcome
    if word in ACTS:
        return word
    challenge = weigh_challenger(desk, now=now or desk.clock())
    return challenge.word if challenge is not None and challenge.word in ACTS else word


def watch_and_act(desk: Desk, *, now: datetime) -> WatchResult:
    """Keep the champion, take it back, promote or drop a challenger, or wait, and record what was decided.

    While a training of this model is under way it waits, since that may be about to crown another.
    """
    with if_free(holding(desk, "watch")) as hold:
        if isinstance(hold, Refused):
            return WatchResult(word="wait")
        finish_succession(desk, hold.token)
        return _act(desk, hold.lease, now)


def _act(desk: Desk, lease: Lease, now: datetime) -> WatchResult:
    found = _judge(desk)
    if found is None or found[1].outcome == "wait":
        return _act_on_challenger(desk, lease, now) or WatchResult(word="no probation" if found is None else "wait")
    champion, judged = found
    version = champion.version if judged.outcome == "keep" else _before(desk, champion)
    decision = PromotionDecision(
        id=uuid.uuid4().hex,
        model=desk.spec.model,
        at=now,
        kind="keep" if judged.outcome == "keep" else "rollback",
        version=version,
        previous_version=champion.version,
        reasons=judged.reasons,
    )
    crowned = _kept(champion) if judged.outcome == "keep" else _restored(desk, champion, decision)
    desk.ports.versions.crown(crowned, decision, fencing_token=lease.token)
    close_answered(desk, {PROMOTION_FORCED}, f"probation of version {champion.version} ended: {decision.kind}", at=now)
    if judged.outcome == "rollback":
        dismiss_crowned(desk.ports, desk.spec.model, version, lease.token)
        desk.ports.registry.alias_champion(desk.spec.model, version)
    return WatchResult(word=judged.outcome, decision=decision)


def _act_on_challenger(desk: Desk, lease: Lease, now: datetime) -> WatchResult | None:
    challenge = weigh_challenger(desk, now=now)
    decision = None if challenge is None else answer_challenger(desk, lease, challenge, now=now)
    if challenge is None or decision is None:
        return None
    if decision.kind == "promote":
        close_replaced(desk, decision, later=False)
        close_answered(desk, {PROMOTION_FORCED}, f"version {decision.version} serves instead", at=now)
    return WatchResult(word=challenge.word, decision=decision)


def _judge(desk: Desk) -> tuple[Champion, Probation] | None:
    """The champion on probation and what is to be said of it; None when none is."""
    ports, model = desk.ports, desk.spec.model
    champion = ports.versions.champion(model)
    if champion is None or champion.probation_until_seq is None:
        return None
    old = ports.versions.get(model, _before(desk, champion))
    span = Stretch(model=model, first_seq=champion.since_seq + 1, last_seq=champion.probation_until_seq)
    pairs = Pairs.joined([_pairs_in(desk, champion, old, part) for part in blocks_of(span, ROWS_AT_ONCE)])
    accepted = accepted_level(run_of(desk, old), champion)
    return champion, judge_pairs(pairs, desk.spec, accepted=accepted, ended=_ended(desk, champion))


def _pairs_in(desk: Desk, champion: Champion, old: Candidate, part: Stretch) -> Pairs:
    assert part.first_seq is not None
    assert part.last_seq is not None
    answered = desk.ports.predictions.between(part.model, part.first_seq, part.last_seq)
    kept = without_held_back(desk, answered)
    rows = [row for row in kept if row.prediction.version == champion.version and row.label is not None]
    return pairs_of(rows, answers_to(desk, old, rows), desk.spec)


def answers_to(desk: Desk, version: Candidate, rows: Sequence[Answered]) -> Sequence[Answer]:
    """What a version answers to these labelled rows."""
    if not rows:
        return ()
    bundle = desk.bundle(version.sha256)
    columns = [column.name for column in bundle.schema.columns]
    return answers_of(bundle, from_answered(rows, columns)).values


def _ended(desk: Desk, champion: Champion) -> bool:
    """Whether every window that reaches into the probation has been measured."""
    assert champion.probation_until_seq is not None
    last = desk.ports.windows.last(desk.spec.model)
    if last is None or last.last_seq < champion.probation_until_seq:
        return False
    return all(window.first_seq > champion.probation_until_seq for window in desk.ports.windows.provisional(last.model))


def _before(desk: Desk, champion: Champion) -> int:
    """The version that the champion replaced."""
    for decision in desk.ports.decisions.page(desk.spec.model, MANY_DECISIONS):
        if decision.id == champion.decision_id and decision.previous_version is not None:
            return decision.previous_version
    raise NotFound(
        f"{desk.spec.model}: version {champion.version} is on probation, but no decision names what it "
        "replaced: promote the version that is to serve by its number"
    )


def _kept(champion: Champion) -> Champion:
    return replace(champion, probation_until_seq=None)


def _restored(desk: Desk, champion: Champion, decision: PromotionDecision) -> Champion:
    """The earlier version as champion again, at the level it was once promoted at, and not on probation."""
    candidate = desk.ports.versions.get(desk.spec.model, decision.version)
    return Champion(
        model=desk.spec.model,
        version=decision.version,
        sha256=candidate.sha256,
        since=decision.at,
        since_seq=desk.ports.predictions.last_seq(desk.spec.model),
        accepted=accepted_level(run_of(desk, candidate), champion),
        decision_id=decision.id,
    )
