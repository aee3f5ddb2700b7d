from __future__ import annotations

import getpass

from tests.contracts.building import after, corrected, correction_test, ledger, run
from tests.unit.services.cli.commands.conftest import Place


def keep(place: Place) -> None:
    """Two runs beside the first training's, the newer one with two kept rows, and two tests."""
    ports = place.ports
    ports.corrections.save(ledger("abc1", model="press", at=after(1)), [])
    rows = [corrected(1, run_id="abd2", model="press"), corrected(2, run_id="abd2", model="press", fate="still_wrong")]
    ports.corrections.save(ledger("abd2", model="press", at=after(2)), rows)
    ports.standing_tests.add(
        [correction_test("a", model="press"), correction_test("b", model="press", state="fixed_again")]
    )


def test_a_first_training_has_a_ledger_of_its_own(place: Place) -> None:
    found = place.json("corrections", "press", "latest")
    assert found["ledger"]["before_version"] is None
    assert found["ledger"]["kept"] > len(found["rows"]) == 10
    code, out, _ = place.run("corrections", "press", "latest", "--rows", "3")
    assert code == 0
    assert "mistakes that an answer that knows no feature made" in out
    assert "3 of" in out
    assert "How they were chosen: at most 100 mistakes" in out


def test_lists_the_runs_newest_first_with_how_the_tests_stand(place: Place) -> None:
    keep(place)
    found = place.json("corrections", "press")
    assert [one["run_id"] for one in found["ledgers"]][:2] == ["abd2", "abc1"]
    assert found["tests"] == {"kept": 1, "fixed_again": 1}
    _, out, _ = place.run("corrections", "press")
    assert "7 of 9 mistakes of version 3 fixed, 2 still wrong, 1 broken" in out
    assert "2 corrected mistakes are asked of every candidate: 1 fixed again, 1 kept" in out


def test_a_run_is_found_by_the_beginning_of_its_id(place: Place) -> None:
    keep(place)
    assert [row["id"] for row in place.json("corrections", "press", "abd")["rows"]] == ["p1", "p2"]
    assert place.json("corrections", "press", "abd", "--rows", "0")["rows"] == []
    code, _, err = place.run("corrections", "press", "ab")
    assert (code, "begins 2 runs" in err) == (2, True)
    code, _, err = place.run("corrections", "press", "zzz")
    assert (code, "press has no run 'zzz': `keepsharp runs press` lists them" in err) == (1, True)


def test_lists_the_tests(place: Place) -> None:
    _, out, _ = place.run("corrections", "press", "--tests")
    assert "no corrected mistake is a test yet" in out
    keep(place)
    assert [one["prediction_id"] for one in place.json("corrections", "press", "--tests")["tests"]] == ["a", "b"]
    _, out, _ = place.run("corrections", "press", "--tests")
    assert "fixed again, corrected by version 3" in out
    code, _, err = place.run("corrections", "press", "abd", "--tests")
    assert (code, "leave the run out" in err) == (2, True)


def test_an_unknown_model_is_not_found(place: Place) -> None:
    assert place.run("corrections", "nobody")[0] == 1


def test_a_person_makes_a_row_a_test_and_ends_it(place: Place) -> None:
    keep(place)
    place.ports.runs.save(run("abd2", model="press", version=2))
    words = ("--reason", "this defect must never pass again")
    code, out, _ = place.run("corrections", "press", "abd", "--make-test", "p1", *words)
    assert (code, "every later candidate is asked about row p1 (UP)" in out) == (0, True)
    assert f"a test by {getpass.getuser()}'s hand" in place.run("corrections", "press", "--tests")[1]
    assert place.run("corrections", "press", "abd", "--make-test", "p2", *words)[0] == 3
    assert place.json("corrections", "press", "--withdraw-test", "p1", *words)["test"]["withdrawn_at"]
    for wrong, said in [
        (("abd", "--make-test", "p1"), "--reason"),
        (("--make-test", "p1", *words), "names the ledger"),
        (("--make-test", "p1", "--withdraw-test", "p1", *words), "give one of the two"),
    ]:
        code, _, err = place.run("corrections", "press", *wrong)
        assert (code, said in err) == (2, True), err
