"""Candidates that labels still to come decide about, or a person: promoted, dropped, or overtaken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.retraining.retrain import retrain
from flows.rows.labelled import newest_labelled
from flows.trial.challenging import weigh_challenger
from flows.trial.holdouts import record_trial
from flows.trial.succession import finish_succession
from flows.trial.watching import watch, watch_and_act
from infra.crowning import Choice, appointed, challenge_by_hand, promote_by_hand, reject_by_hand
from infra.domain.decisions import DecisionKind
from infra.domain.errors import Refused
from infra.domain.predictions import Answered
from infra.ports import Predictions
from tests.builders import MODEL, Loop, spec, started, stream, trigger

SHADOW: dict[str, object] = {"shadow": "200 rows"}


def kinds(loop: Loop) -> list[DecisionKind]:
    return [one.kind for one in reversed(loop.ports.decisions.page(MODEL, 20))]


def challenged(folder: Path, *, change: int | None, promotion: dict[str, object]) -> Loop:
    """A loop whose second version was trained after 300 labelled rows."""
    loop, _ = started(folder, stream(2000, change=change), 300, spec(promotion=promotion))
    loop.label(loop.serve(300))
    retrain(loop.desk, trigger(at=loop.now), now=loop.now)
    return loop


def challenger(loop: Loop) -> int | None:
    standing = appointed(loop.ports, MODEL, "challenger")
    return None if standing is None else standing.version


def test_in_shadow_a_better_candidate_is_promoted_as_soon_as_its_labels_say_so(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=300, promotion=SHADOW)
    assert (kinds(loop), challenger(loop), loop.champion().version) == (["promote", "challenge"], 2, 1)
    assert watch(loop.desk, now=loop.now) == "no probation", "the held-out rows alone are not enough"
    loop.label(loop.serve(60))
    assert watch(loop.desk, now=loop.now) == "promote"
    result = watch_and_act(loop.desk, now=loop.now)
    assert result.decision is not None
    assert result.decision.reasons[0].text.startswith("In shadow the candidate is better than the champion")
    champion = loop.champion()
    assert (champion.version, challenger(loop)) == (2, None)
    assert champion.probation_until_seq is not None
    (use,) = [one for one in loop.ports.holdout_uses.page(MODEL, 9) if one.kind == "shadow"]
    assert (use.version, use.outcome) == (2, "promote")
    assert use.p_value is not None
    assert use.alpha is not None
    assert use.p_value <= use.alpha <= 0.01


def test_in_shadow_a_candidate_that_is_no_better_is_dropped_in_the_end(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion=SHADOW)
    assert challenger(loop) == 2
    assert watch_and_act(loop.desk, now=loop.now).word in ("wait", "no probation")
    loop.label(loop.serve(200))
    assert watch_and_act(loop.desk, now=loop.now).word == "drop"
    assert (kinds(loop), challenger(loop), loop.champion().version) == (["promote", "challenge", "dismiss"], None, 1)
    with pytest.raises(Refused, match="force"):
        promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="r", actor="ana", at=loop.now))


def test_a_second_chance_is_given_where_the_model_file_says_so(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion={"second_chance": True})
    assert (kinds(loop)[-1], challenger(loop)) == ("challenge", 2)
    failed = {one.rule for one in loop.ports.decisions.page(MODEL, 1)[0].reasons if not one.passed}
    assert failed == {"better", "shadow"}


def test_a_newer_candidate_takes_the_place_and_the_older_one_is_dropped_on_record(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion=SHADOW)
    loop.label(loop.serve(150))
    retrain(loop.desk, trigger("t2", at=loop.now), now=loop.now)
    assert challenger(loop) == 3
    assert "dismiss" in kinds(loop)
    assert {one.version for one in loop.ports.decisions.page(MODEL, 2)} == {2, 3}


def test_a_candidate_whose_champion_was_replaced_is_dropped(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion=SHADOW)
    loop.label(loop.serve(100))
    by_hand = Choice(decision_id="d", reason="r", actor="ana", at=loop.now)
    retrain(loop.desk, trigger("t2", at=loop.now), now=loop.now)
    promote_by_hand(loop.ports, MODEL, 2, by_hand, force=True)
    assert watch_and_act(loop.desk, now=loop.now).word == "drop"
    assert "never compared" in loop.ports.decisions.page(MODEL, 1)[0].summary


def test_a_candidate_that_nobody_approves_in_time_is_dropped(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=300, promotion={"approval": "manual", "approval_expires": "2d"})
    assert (kinds(loop)[-1], challenger(loop)) == ("reject", 2)
    soon, late = loop.now + timedelta(days=1), loop.now + timedelta(days=2)
    assert watch(loop.desk, now=soon) == "no probation"
    assert watch(loop.desk, now=late) == "drop"
    result = watch_and_act(loop.desk, now=late)
    assert result.decision is not None
    assert result.decision.kind == "dismiss"
    assert "Nobody approved it within 2d" in result.decision.summary
    assert challenger(loop) is None
    with pytest.raises(Refused, match="Nobody approved it"):
        promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="late", actor="ana", at=late))


def test_a_candidate_that_awaits_a_person_is_promoted_by_one_without_force(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=300, promotion={"approval": "manual"})
    promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="good", actor="ana", at=loop.now))
    assert loop.champion().version == 2


def test_a_candidate_that_a_person_rejects_leaves_its_seat_though_the_process_was_killed_in_between(
    tmp_path: Path,
) -> None:
    loop = challenged(tmp_path, change=300, promotion={"approval": "manual"})
    seat = appointed(loop.ports, MODEL, "challenger")
    assert seat is not None
    reject_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="one supplier", actor="ana", at=loop.now))
    assert challenger(loop) is None
    loop.ports.shadows.appoint(seat)  # as if the process had ended behind the decision
    finish_succession(loop.desk, loop.token())
    assert challenger(loop) is None
    assert watch(loop.desk, now=loop.now) == "no probation"
    with pytest.raises(Refused, match="ana: one supplier"):
        promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="e", reason="r", actor="bo", at=loop.now))


def test_in_shadow_with_a_persons_word_asked_for_the_winner_waits_for_it(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=300, promotion={**SHADOW, "approval": "manual"})
    loop.label(loop.serve(60))
    watch_and_act(loop.desk, now=loop.now)
    newest = loop.ports.decisions.page(MODEL, 1)[0]
    assert (newest.kind, [one.rule for one in newest.reasons if not one.passed]) == ("reject", ["approval"])
    assert (loop.champion().version, challenger(loop)) == (1, 2)
    promote_by_hand(loop.ports, MODEL, 2, Choice(decision_id="d", reason="good", actor="ana", at=loop.now))
    assert loop.champion().version == 2


def test_a_challenger_that_a_person_appointed_is_left_alone(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion={})
    assert kinds(loop)[-1] == "reject"
    challenge_by_hand(loop.ports, MODEL, 2, Choice(decision_id="c", reason="see", actor="ana", at=loop.now))
    loop.label(loop.serve(300))
    assert watch(loop.desk, now=loop.now) == "no probation"


def test_a_promotion_that_was_cut_short_after_its_trial_was_written_down_is_made_at_the_next_look(
    tmp_path: Path,
) -> None:
    loop = challenged(tmp_path, change=300, promotion=SHADOW)
    loop.label(loop.serve(60))
    found = weigh_challenger(loop.desk, now=loop.now)
    assert found is not None
    assert found.trial is not None
    gate = loop.ports.holdout_uses.page(MODEL, 1)[0]
    record_trial(loop.desk, found.candidate, gate, found.trial, loop.now, loop.token())
    loop.label(loop.serve(20))
    assert watch_and_act(loop.desk, now=loop.now).word == "promote"
    assert loop.champion().version == 2


def test_a_candidate_that_labels_say_nothing_about_is_dropped_by_the_clock_of_events(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion={**SHADOW, "shadow_expires": "2d"})
    begun = loop.now
    loop.label(loop.serve(5))
    soon, late = begun + timedelta(hours=47), begun + timedelta(days=2)
    assert watch_and_act(loop.desk, now=soon).word in ("wait", "no probation")
    result = watch_and_act(loop.desk, now=late)
    assert (result.word, challenger(loop)) == ("drop", None)
    assert result.decision is not None
    assert "2 days are the most" in result.decision.summary


def test_without_a_word_in_the_model_file_a_trial_ends_after_four_weeks(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=None, promotion=SHADOW)
    assert watch(loop.desk, now=loop.now + timedelta(days=27)) == "no probation"
    assert watch(loop.desk, now=loop.now + timedelta(days=28)) == "drop"


class Counted:
    """Predictions whose rows are counted as they are read."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions, self.read = predictions, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._predictions, name)

    def between(self, model: str, first_seq: int, last_seq: int) -> list[Answered]:
        found = self._predictions.between(model, first_seq, last_seq)
        self.read += len(found)
        return found


def test_a_trial_reads_labels_and_not_all_that_arrived(tmp_path: Path) -> None:
    loop = challenged(tmp_path, change=300, promotion=SHADOW)
    loop.label(loop.serve(1200)[::25])
    counted = Counted(loop.ports.predictions)
    desk = replace(loop.desk, ports=replace(loop.ports, predictions=counted))  # type: ignore[arg-type]  # it has the rest
    found = weigh_challenger(desk, now=loop.now)
    assert found is not None
    assert found.trial is not None
    through = loop.desk.bundle(found.candidate.sha256).provenance["trained_through_seq"]
    assert isinstance(through, int)
    whole = list(newest_labelled(loop.desk, through + 1))
    assert f"on {len(whole)} labelled rows" in found.reasons[0].text
    assert counted.read < 200
