from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.domain.errors import RowError
from infra.model.schema import Column, FeatureSchema
from services.inference.answering import Question
from services.inference.dialects.open_inference import Reply, matrix_columns, read_inference, render_inference
from services.inference.problems import Problem
from tests.unit.services.inference.dialects.asking import CLASSES, NOW, NUMBERS, SCHEMA, answered, outcome


def tensor(name: str, datatype: str, data: list[Any], shape: list[int] | None = None) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data}


def line(rows: int = 2) -> list[dict[str, Any]]:
    return [
        tensor("speed", "FP64", [1.5, None][:rows]),
        tensor("shift", "BYTES", ["early", "late"][:rows]),
        tensor("wet", "BOOL", [True, False][:rows]),
    ]


def read(document: object, schema: FeatureSchema = SCHEMA, max_rows: int = 100) -> tuple[Question, Reply]:
    return read_inference(document, model="line", version=3, schema=schema, classes=CLASSES, now=NOW, max_rows=max_rows)


def refused(document: object, schema: FeatureSchema = SCHEMA, max_rows: int = 100) -> Problem:
    with pytest.raises(Problem) as caught:
        read(document, schema, max_rows)
    return caught.value


def test_each_tensor_is_a_feature_and_null_is_missing() -> None:
    question, reply = read({"inputs": line()})
    assert [row.features for row in question.rows] == [
        {"speed": 1.5, "shift": "early", "wet": True},
        {"speed": None, "shift": "late", "wet": False},
    ]
    assert (question.model, question.version, question.all_or_nothing, question.errors) == ("line", 3, True, [])
    assert {row.time for row in question.rows} == {NOW}
    assert len({row.id for row in question.rows}) == 2
    assert reply == Reply(
        id=None, outputs=("id", "value", "probabilities", "confidence", "abstained", "version"), rows=2
    )


def test_the_request_id_is_the_key_of_its_row_and_the_stem_of_several() -> None:
    alone, reply = read({"id": "42", "inputs": line(1)})
    several, _ = read({"id": "42", "inputs": line()})
    assert ([row.id for row in alone.rows], reply.id) == (["42"], "42")
    assert [row.id for row in several.rows] == ["42/0", "42/1"]
    assert "room" in refused({"id": "x" * 199, "inputs": line()}).detail


def test_tensors_give_ids_and_times_by_row() -> None:
    inputs = [
        *line(),
        tensor("id", "BYTES", ["a", None], [2, 1]),
        tensor("time", "BYTES", ["2026-01-01T01:00:00+01:00", None]),
    ]
    question, _ = read({"id": "42", "inputs": inputs})
    assert question.rows[0].id == "a"
    assert len(question.rows[1].id) == 36
    assert [row.time.isoformat() for row in question.rows] == ["2026-01-01T00:00:00+00:00", NOW.isoformat()]


def test_a_feature_called_id_is_a_feature() -> None:
    schema = FeatureSchema((Column(name="id", kind="numeric"), Column(name="time", kind="numeric")))
    question, _ = read({"id": "42", "inputs": [tensor("id", "INT8", [1]), tensor("time", "FP16", [2])]}, schema)
    assert (question.rows[0].id, question.rows[0].features) == ("42", {"id": 1, "time": 2.0})


@pytest.mark.parametrize("data", [[1, 2, 3, 4], [[1, 2], [3, 4]]])
def test_a_matrix_holds_numeric_features_in_their_order(data: list[Any]) -> None:
    question, _ = read({"inputs": [tensor("input-0", "FP32", data, [2, 2])]}, NUMBERS)
    assert [row.features for row in question.rows] == [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}]
    assert matrix_columns(NUMBERS) == ("x", "y")
    assert matrix_columns(SCHEMA) is None


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("INT8", [-128, 127, 4.0], [128, -129, 1.5, True, "1"]),
        ("UINT8", [0, 255], [-1, 256]),
        ("INT64", [-(2**63), 2**63 - 1], [1e300, 2**63]),
        ("UINT64", [2**64 - 1], [-1, 2.0**64]),
        ("FP16", [1, 0.5], ["1", False, []]),
        ("BOOL", [True, False], [0, 1, "true"]),
        ("BYTES", ["", "é"], [1, True, {}]),
    ],
)
def test_a_cell_that_its_datatype_cannot_hold_is_a_fault_of_its_row(
    datatype: str, good: list[Any], bad: list[Any]
) -> None:
    schema = FeatureSchema((Column(name="x", kind="numeric"),))
    fine, _ = read({"inputs": [tensor("x", datatype, good)]}, schema)
    assert [row.features["x"] for row in fine.rows] == good
    cells = [good[0], *[cell for cell in bad if not isinstance(cell, list)]]
    question, _ = read({"inputs": [tensor("x", datatype, cells)]}, schema)
    assert [row.place for row in question.rows] == [0]
    assert [(error.row, error.field) for error in question.errors] == [(row, "x") for row in range(1, len(cells))]
    assert datatype in question.errors[0].problem


def test_a_fault_in_a_matrix_names_its_feature() -> None:
    question, _ = read({"inputs": [tensor("m", "INT8", [[1, 2], [3, 400]], [2, 2])]}, NUMBERS)
    assert [(error.row, error.field) for error in question.errors] == [(1, "y")]


def test_bad_ids_and_times_are_faults_of_their_rows() -> None:
    inputs = [*line(), tensor("id", "BYTES", ["a", ""]), tensor("time", "BYTES", ["yesterday", None])]
    question, _ = read({"inputs": inputs})
    assert [(error.row, error.field) for error in question.errors] == [(0, "time"), (1, "id")]


REFUSED: list[tuple[str, object, str]] = [
    ("a list", [], "not an inference request"),
    ("no inputs", {}, "at least one tensor"),
    ("empty inputs", {"inputs": []}, "at least one tensor"),
    ("an input that is no object", {"inputs": [7]}, "inputs[0]"),
    ("no name", {"inputs": [{"datatype": "FP64", "shape": [1], "data": [1]}]}, "inputs[0].name"),
    ("an unknown datatype", {"inputs": [tensor("speed", "FP8", [1])]}, "FP64"),
    ("a datatype that is a list", {"inputs": [{**line()[0], "datatype": []}]}, "FP64"),
    ("no rows", {"inputs": [tensor("speed", "FP64", [], [0])]}, "at least 1"),
    ("three dimensions", {"inputs": [tensor("speed", "FP64", [1], [1, 1, 1])]}, "[rows, columns]"),
    ("a shape with true", {"inputs": [{**line(1)[0], "shape": [True]}]}, "[rows]"),
    ("too few values", {"inputs": [tensor("speed", "FP64", [1], [2])]}, "has 1 values"),
    ("data as text", {"inputs": [{**line()[0], "data": "AAAA"}]}, "no data"),
    ("ragged data", {"inputs": [tensor("speed", "FP64", [[1], [1, 2]], [2, 1])]}, "nests"),
    ("nested data in one dimension", {"inputs": [tensor("speed", "FP64", [[1], [2]])]}, "nests"),
    ("half nested data", {"inputs": [tensor("speed", "FP64", [[1], 2], [2, 1])]}, "nests"),
    ("an unknown feature", {"inputs": [*line(), tensor("hue", "FP64", [1, 2])]}, "'hue' is not a feature"),
    ("an absent feature", {"inputs": line()[1:]}, "'speed' is absent"),
    ("a feature twice", {"inputs": [*line(), line()[0]]}, "given twice"),
    ("rows that differ", {"inputs": [*line(), tensor("plant", "BYTES", ["a"])]}, "1 rows"),
    ("a matrix for a mixed model", {"inputs": [tensor("m", "FP64", [1, 2], [1, 2])]}, "2 columns"),
    ("an id that is a number", {"id": 7, "inputs": line()}, "'id' must be text"),
    ("an unknown output", {"inputs": line(), "outputs": [{"name": "odds"}]}, "value"),
    ("outputs as text", {"inputs": line(), "outputs": "value"}, "value"),
    ("an output that is no object", {"inputs": line(), "outputs": ["value"]}, "value"),
    ("parameters as text", {"inputs": line(), "parameters": "x"}, "'parameters' must"),
    ("a flag that is text", {"inputs": line(), "parameters": {"all_or_nothing": "no"}}, "true or false"),
]


@pytest.mark.parametrize(("document", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_request_of_another_form_is_refused(document: object, words: str) -> None:
    problem = refused(document)
    assert problem.status_code == 422
    assert words in problem.detail
    assert all(entry["row"] is None for entry in problem.errors)


def test_a_matrix_of_another_width_and_too_many_rows_are_refused() -> None:
    assert "2 features" in refused({"inputs": [tensor("m", "FP64", [1, 2, 3], [1, 3])]}, NUMBERS).detail
    assert refused({"inputs": line()}, max_rows=1).status_code == 413
    assert refused({"inputs": [tensor("speed", "FP64", [1], [2**63])]}).status_code == 413


def test_members_of_extensions_are_left_alone() -> None:
    inputs = [{**one, "parameters": {"content_type": "np"}} for one in line()]
    question, reply = read({"inputs": inputs, "parameters": {"all_or_nothing": False, "priority": 1}, "x": 1})
    assert (question.all_or_nothing, len(question.rows), reply.rows) == (False, 2, 2)


def test_the_response_has_a_tensor_for_each_output() -> None:
    answers = outcome((0, answered(0)), (1, answered(1, value="bad", confidence=0.6, abstained=True, version=1)))
    _, reply = read({"id": "42", "inputs": line()})
    document = orjson.loads(render_inference(answers, reply, classes=CLASSES))
    assert {name: document[name] for name in ("model_name", "model_version", "id", "parameters")} == {
        "model_name": "line",
        "model_version": "2",
        "id": "42",
        "parameters": {"logging": "durable"},
    }
    shown = {one["name"]: (one["datatype"], one["shape"], one["data"]) for one in document["outputs"]}
    assert shown == {
        "id": ("BYTES", [2], ["p0", "p1"]),
        "value": ("BYTES", [2], ["good", "bad"]),
        "probabilities": ("FP64", [2, 2], [0.25, 0.75, 0.25, 0.75]),
        "confidence": ("FP64", [2], [0.75, 0.6]),
        "abstained": ("BOOL", [2], [False, True]),
        "version": ("INT64", [2], [2, 1]),
    }
    assert orjson.loads(document["outputs"][2]["parameters"]["classes"]) == ["bad", "good"]


def test_a_refused_row_is_null_and_told() -> None:
    error = RowError(row=0, field="speed", problem="is the text 'fast'")
    answers = outcome((1, answered(1)), errors=(error,))
    reply = Reply(id=None, outputs=("value", "probabilities"), rows=2)
    document = orjson.loads(render_inference(answers, reply, classes=CLASSES))
    assert [one["data"] for one in document["outputs"]] == [[None, "good"], [None, None, 0.25, 0.75]]
    assert orjson.loads(document["parameters"]["errors"]) == [
        {"row": 0, "field": "speed", "problem": "is the text 'fast'"}
    ]
    assert "id" not in document


def test_a_stored_answer_of_other_classes_is_unknown_where_it_knew_none() -> None:
    old = answered(0, probabilities={"bad": 0.1, "odd": 0.9}, value="odd")
    reply = Reply(id=None, outputs=("probabilities",), rows=1)
    document = orjson.loads(render_inference(outcome((0, old)), reply, classes=CLASSES))
    assert document["outputs"][0]["data"] == [0.1, None]


def test_a_regression_has_numbers_and_no_confidence() -> None:
    question, reply = read_inference(
        {"inputs": line(1)}, model="line", version=None, schema=SCHEMA, classes=None, now=NOW, max_rows=5
    )
    assert reply.outputs == ("id", "value", "interval", "version")
    one = answered(0, value=1.25, probabilities=None, confidence=None)
    document = orjson.loads(render_inference(outcome((0, one)), reply, classes=None))
    assert (document["outputs"][1]["datatype"], document["outputs"][1]["data"]) == ("FP64", [1.25])
    assert question.version is None


def test_a_regressions_interval_is_a_tensor_of_both_ends() -> None:
    reply = Reply(id=None, outputs=("interval",), rows=3)
    new = answered(0, value=2.5, probabilities=None, confidence=None)
    old = answered(2, value=9.0, version=1, probabilities=None, confidence=None)
    told = replace(outcome((0, new), (2, old)), half_widths={2: 0.5})
    (tensor,) = orjson.loads(render_inference(told, reply, classes=None))["outputs"]
    assert (tensor["datatype"], tensor["shape"]) == ("FP64", [3, 2])
    assert tensor["data"] == [2.0, 3.0, None, None, None, None], "null where refused, and where none is promised"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**64) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
NAMES = st.sampled_from(["speed", "shift", "wet", "plant", "id", "time"]) | VALUES
TENSORS = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "datatype": st.sampled_from(["FP64", "INT8", "BOOL", "BYTES"]) | VALUES,
        "shape": st.just([1]) | VALUES,
        "data": st.lists(VALUES, min_size=1, max_size=1) | VALUES,
        "parameters": VALUES,
    },
)
REQUESTS = st.fixed_dictionaries(
    {"inputs": st.lists(TENSORS | st.sampled_from(line(1)), max_size=4) | VALUES},
    optional={"id": VALUES, "outputs": VALUES, "parameters": VALUES},
)


@settings(max_examples=200, deadline=None)
@given(document=REQUESTS | VALUES)
def test_whatever_is_sent_is_read_or_refused(document: object) -> None:
    status = None
    try:
        question, reply = read(document)
    except Problem as problem:
        status = problem.status_code
    else:
        assert len(question.rows) + len(question.errors) == reply.rows
    assert status in (None, 413, 422)
