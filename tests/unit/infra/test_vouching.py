from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.domain.corrections import CorrectionTest
from infra.domain.errors import NotFound, Refused
from infra.domain.labelling import Quarantine
from infra.memory import memory_ports
from infra.ports import Ports
from infra.verifying import verify_record
from infra.vouching import MOST_BY_HAND, vouch_by_hand, withdraw_by_hand
from tests.contracts import building as make

WORD: dict[str, Any] = {"actor": "ana", "reason": "this defect must never pass again", "at": make.after(9)}


@pytest.fixture
def ports(tmp_path: Path) -> Ports:
    """Run 3 of version 3, which serves, fixed p1, left p2 wrong and broke p3."""
    found = memory_ports(tmp_path)
    found.runs.save(make.run("run 3", version=3))
    found.versions.add(make.candidate(3), "{}", b"")
    found.versions.crown(make.champion(3, decision_id="d"), make.decision(3, id="d"))
    fates = ("fixed", "still_wrong", "broken")
    rows = [make.corrected(place, run_id="run 3", fate=fate) for place, fate in enumerate(fates, start=1)]
    found.corrections.save(make.ledger("run 3"), rows)
    return found


def vouch(ports: Ports, row: str, run: str = "run 3") -> CorrectionTest:
    return vouch_by_hand(ports, "grid", run, row, **WORD)


@pytest.mark.parametrize(("row", "state"), [("p1", "kept"), ("p3", "forgotten")])
def test_a_corrected_or_broken_row_becomes_a_test_that_stands_as_the_champion_left_it(
    ports: Ports, row: str, state: str
) -> None:
    test = vouch(ports, row)
    assert (test.state, test.made_by, test.version, test.truth) == (state, "ana", 3, "UP")
    assert ports.standing_tests.asked("grid") == [test]
    link = ports.deeds.page("grid", 1)[0]
    assert (link.deed.actor, link.deed.act, link.deed.about, link.deed.subject) == ("ana", "add", "test", row)
    assert "never pass again" in link.deed.content
    assert verify_record(ports, "grid").holds


def test_a_row_that_a_candidate_fixed_which_never_served_stands_as_wrong(ports: Ports) -> None:
    ports.runs.save(make.run("run 4", version=4))
    ports.corrections.save(
        make.ledger("run 4", before_version=3), [make.corrected(1, run_id="run 4", id="q", fate="fixed")]
    )
    assert vouch(ports, "q", "run 4").state == "forgotten"


def test_one_that_became_a_test_by_itself_or_ended_is_made_permanent(ports: Ports) -> None:
    ports.standing_tests.add([make.correction_test("p1", state="fixed_again", run_id="run 3")])
    withdraw_by_hand(ports, "grid", "p1", **WORD)
    assert ports.standing_tests.asked("grid") == []
    assert vouch(ports, "p1").state == "fixed_again"
    assert [one.made_by for one in ports.standing_tests.asked("grid")] == ["ana"]


def test_a_test_is_withdrawn_once_with_a_reason(ports: Ports) -> None:
    vouch(ports, "p1")
    gone = withdraw_by_hand(ports, "grid", "p1", **WORD)
    assert gone.withdrawn_because == "withdrawn by ana: this defect must never pass again"
    with pytest.raises(Refused, match=r"withdrawn by ana.*--make-test p1` asks about it again"):
        withdraw_by_hand(ports, "grid", "p1", **WORD)
    with pytest.raises(NotFound, match="is no test"):
        withdraw_by_hand(ports, "grid", "p9", **WORD)


def relabelled(ports: Ports) -> None:
    ports.predictions.add([make.prediction("p1")])
    ports.labels.add([make.label("p1", "DOWN")])


def held_back(ports: Ports) -> None:
    ports.predictions.add([make.prediction("p1")])
    ports.labels.add([make.label("p1")])
    ports.quarantines.save(
        Quarantine(id="q", model="grid", at=make.NOON, reason="flipped", first_place=1, last_place=9)
    )


def full(ports: Ports) -> None:
    ports.standing_tests.add(make.correction_test(f"t{n}", made_by="bo") for n in range(MOST_BY_HAND))


def vouched(ports: Ports) -> None:
    vouch(ports, "p1")


def without_version(ports: Ports) -> None:
    ports.runs.save(make.run("run 3", version=None))


def nothing(ports: Ports) -> None:
    assert ports.standing_tests.asked("grid") == []


@pytest.mark.parametrize(
    ("before", "row", "said"),
    [
        (nothing, "p2", "is still wrong"),
        (relabelled, "p1", "is labelled DOWN by now"),
        (held_back, "p1", "held back in quarantine"),
        (vouched, "p1", "by ana's hand already"),
        (full, "p1", "withdraw one first"),
        (without_version, "p1", "made no version.*`keepsharp runs grid` lists them"),
    ],
)
def test_what_can_be_no_test_is_refused(ports: Ports, before: Callable[[Ports], None], row: str, said: str) -> None:
    before(ports)
    known = len(ports.deeds.page("grid", 9))
    with pytest.raises(Refused, match=said):
        vouch(ports, row)
    assert len(ports.deeds.page("grid", 9)) == known


@pytest.mark.parametrize(("run", "row"), [("run 3", "p9"), ("none", "p1"), ("other", "p1")])
def test_a_row_that_no_ledger_of_the_model_kept_is_not_found(ports: Ports, run: str, row: str) -> None:
    ports.corrections.save(make.ledger("other", model="another"), [])
    with pytest.raises(NotFound):
        vouch(ports, row, run)
