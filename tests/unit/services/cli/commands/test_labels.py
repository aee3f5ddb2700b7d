from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import DataError
from infra.domain.predictions import Label
from services.cli.moments import wall_clock
from services.cli.truths import read_truths
from tests.unit.services.cli.commands.conftest import Place


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
