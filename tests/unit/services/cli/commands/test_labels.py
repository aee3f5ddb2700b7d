from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from infra.domain.labelling import Quarantine
from infra.domain.predictions import Label, Prediction
from services.cli.moments import wall_clock
from services.cli.truths import read_truths
from tests.unit.services.cli.commands.conftest import TRAFFIC_START, Place


def write(place: Place, text: str) -> Path:
    path = place.folder / "truth.csv"
    path.write_text(text)
    return path


def test_counts_what_became_of_each_label(place: Place) -> None:
    place.serve(3)
    path = write(place, "id,value,source\np0,1,bench\np1,0,\nlater,1,\n")
    found = place.json("labels", "press", path)
    assert found == {"model": "press", "labels": 3, "joined": 2, "waiting": 1, "repeated": 0, "corrected": 0}
    assert [label.source for label in place.ports.labels.history("press", "p0")] == ["bench"]
    assert [label.source for label in place.ports.labels.history("press", "p1")] == ["file"]
    _, out, _ = place.run("labels", "press", write(place, "id,value\np0,1\np1,1\n"))
    assert out == "press: 2 labels read\n  1 were known already\n  1 correct an earlier label\n"


def test_a_class_is_read_in_the_spelling_of_the_model(place: Place) -> None:
    place.serve(2)
    assert place.run("labels", "press", write(place, "id,value\np0,1.0\np1,scratched\n"))[0] == 0
    assert place.ports.labels.history("press", "p0")[0].value == "1"
    assert place.ports.labels.history("press", "p1")[0].value == "scratched", "a new class is news, not a mistake"


def test_every_bad_line_is_named_and_nothing_is_stored(place: Place) -> None:
    place.serve(9)
    path = write(place, "id,value,time\np0,1,\np1,1,yesterday\n,1,\np3,,\np4,1,2024-02-01T00:00:00Z,more\n")
    code, out, err = place.run("labels", "press", path)
    assert (code, out) == (1, "")
    assert "4 bad lines, nothing was stored" in err
    for words in ("line 3, time: is no ISO", "line 4, id: is missing", "line 5, value: is missing", "line 6: has more"):
        assert words in err
    assert place.ports.labels.counts("press")["joined"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nr,value\n1,1\n", "without id, with nr"),
        ("", "without id, without value"),
        ("id,id,value\n1,1,1\n", "twice with id"),
        ('id,value\n"p0,1\n', "no CSV"),
    ],
)
def test_a_file_of_another_shape_says_what_is_wanted(place: Place, text: str, said: str) -> None:
    code, _, err = place.run("labels", "press", write(place, text))
    assert code == 1
    assert said in err


def test_a_file_that_is_not_there_is_a_wrong_command_line(place: Place) -> None:
    assert place.run("labels", "press", place.folder / "absent.csv")[0] == 2


def test_numbers_are_read_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("id,value\na,1.5\nb,1e3\n")
    read = read_truths(path, model="m", task="regression", classes=(), now=wall_clock())
    assert [label.value for label in read] == [1.5, 1000.0]
    path.write_text("id,value\na,nan\nb,much\nc,2\n")
    with pytest.raises(DataError, match="2 bad lines"):
        read_truths(path, model="m", task="regression", classes=(), now=wall_clock())


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_good_labels_or_a_data_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(b"id,value\n" + content)
    read: tuple[Label, ...] = ()
    with suppress(DataError):
        read = read_truths(path, model="m", task="classification", classes=(), now=wall_clock())
    assert all(label.prediction_id and label.value for label in read)


def test_rows_are_drawn_for_a_person_as_a_sheet_that_can_be_filled_in(place: Place) -> None:
    place.serve(30)
    place.label([("p0", "1")])
    code, out, err = place.run("labels", "ask", "press", "--rows", 5)
    lines = out.strip().splitlines()
    assert (code, lines[0], len(lines)) == (0, "id,value,happened,temp,pressure,shift", 6)
    assert "5 rows drawn at random" in err
    names = [line.split(",")[0] for line in lines[1:]]
    assert len(set(names) - {"p0"}) == 5
    assert set(place.ports.audits.asked("press", names)) == set(names)
    asked = place.json("labels", "ask", "press", "--rows", 100)
    assert len(asked["rows"]) == 24, "neither those asked for before nor the labelled one"
    assert set(asked["rows"][0]["features"]) == {"temp", "pressure", "shift"}
    assert place.json("labels", "ask", "press")["rows"] == []


def test_rows_since_a_moment_are_asked_for(place: Place) -> None:
    place.serve(10)
    found = place.json("labels", "ask", "press", "--since", "2024-02-01T08:00:00Z")
    assert [row["id"] for row in found["rows"]] == ["p8", "p9"]


def test_labels_that_look_wrong_are_listed_and_left_alone(place: Place) -> None:
    place.ports.predictions.add([sure(row) for row in range(120)])
    place.label([(f"p{row}", str((row + (row in (50, 51))) % 2)) for row in range(120)])
    found = place.json("labels", "suspects", "press")
    assert {one["prediction_id"] for one in found["suspects"]} == {"p50", "p51"}
    assert found["suspects"][0]["probability"] == 0.95
    code, out, _ = place.run("labels", "suspects", "press", "--rows", 1)
    assert (code, out.splitlines()[0]) == (0, "press: 2 labels look wrong, the 1 oddest of them")
    assert place.ports.labels.counts("press")["corrected"] == 0


def test_too_few_labels_are_no_ground_for_suspicion(place: Place) -> None:
    place.label(place.serve(10))
    code, _, err = place.run("labels", "suspects", "press")
    assert code == 1
    assert "at least 50 labels" in err


def sure(row: int) -> Prediction:
    value = str(row % 2)
    return Prediction(
        model="press",
        id=f"p{row}",
        time=TRAFFIC_START,
        features={},
        value=value,
        version=1,
        probabilities={value: 0.95, str(1 - row % 2): 0.05},
        confidence=0.95,
    )


def test_held_labels_are_listed_and_released_with_a_reason(place: Place) -> None:
    assert place.run("labels", "quarantine", "press")[1] == "no label of press was ever held back\n"
    held = Quarantine(
        id="q1", model="press", at=TRAFFIC_START, reason="Odd", first_place=3, last_place=9, source="bench"
    )
    place.ports.quarantines.save(held)
    assert "q1  held back  since 2024-02-01 00:00, labels 3 to 9: Odd" in place.run("labels", "quarantine", "press")[1]
    code, out, _ = place.run("labels", "quarantine", "press", "--release", "q1", "--reason", "checked by hand")
    assert code == 0
    assert "Odd. Released because: checked by hand" in out
    assert place.ports.quarantines.standing("press") == []
    again, _, err = place.run("labels", "quarantine", "press", "--release", "q1", "--reason", "again")
    assert again == 3
    assert "nothing left to release" in err


@pytest.mark.parametrize(
    "words",
    [
        ("press",),
        ("press", "a.csv", "b.csv"),
        ("press", "a.csv", "--rows", "5"),
        ("suspects", "press", "--since", "2024-01-01T00:00:00Z"),
        ("ask", "press", "--release", "q1", "--reason", "so"),
        ("quarantine", "press", "--release", "q1"),
        ("quarantine", "press", "--reason", "so"),
        ("ask", "press", "--since", "yesterday"),
    ],
)
def test_what_does_not_belong_together_is_said(place: Place, words: tuple[str, ...]) -> None:
    assert place.run("labels", *words)[0] == 2
