"""The Open Inference Protocol, version 2, in JSON: an inference request to a question, an outcome to its response.

Each input tensor is a feature of that name, [rows] or [rows, 1]; a model whose features are all numbers also takes
one matrix [rows, features] in their order. Tensors are whole by nature: one bad row refuses the request, unless
`parameters` say `all_or_nothing: false`. It knows nothing of HTTP. The protocol is described at
https://github.com/open-inference/open-inference-protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.model.schema import FeatureSchema
from services.inference.answering import Outcome, Question
from services.inference.dialects.columns import ID, TIME, Columns, require_features, rows_of, unusable
from services.inference.dialects.tensors import Tensor, read_tensor
from services.inference.entries import LONGEST_ID
from services.inference.problems import row_problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the caller wants back: its `id`, these outputs in this order, and one place for each of its rows."""

    id: str | None
    outputs: tuple[str, ...]
    rows: int


def read_inference(
    document: object,
    *,
    model: str,
    version: int | None,
    schema: FeatureSchema,
    classes: tuple[str, ...] | None,
    now: datetime,
    max_rows: int,
) -> tuple[Question, Reply]:
    """The question that an inference request asks. Members that the protocol does not name are left alone.

    The request's `id` names its one row, and `id/0`, `id/1`, … its rows when it has several; a BYTES tensor `id`
    gives each row its own, and one named `time` the event times.

    Raises:
        Problem: 422 when the request's form cannot be used, 413 when it has too many rows.
    """
    if not isinstance(document, dict):
        raise unusable((None, 'the body is not an inference request: send {"inputs": [...]}'))
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise unusable(("inputs", "must be an array of at least one tensor"))
    request_id = _request_id(document.get("id"))
    outputs = _wanted(document.get("outputs"), output_names(classes))
    everything = _all_or_nothing(document.get("parameters"))
    columns = _columns([read_tensor(one, place, max_rows) for place, one in enumerate(inputs)], schema, request_id)
    rows, errors = rows_of(columns, now)
    question = Question(model=model, version=version, rows=rows, errors=errors, all_or_nothing=everything)
    return question, Reply(id=request_id, outputs=outputs, rows=columns.rows)


def output_names(classes: tuple[str, ...] | None) -> tuple[str, ...]:
    """The outputs of a model; a regression (no classes) has an interval in the place of probabilities."""
    others = (INTERVAL,) if classes is not None else _OF_CLASSES
    return tuple(name for name in OUTPUTS if name not in others)


def matrix_columns(schema: FeatureSchema) -> tuple[str, ...] | None:
    """The features that the columns of one matrix are, in order; None when the model takes no matrix."""
    needed = tuple(name for name, kind in schema.kinds.items() if kind != "carried")
    return needed if all(schema.kinds[name] == "numeric" for name in needed) else None


def render_inference(outcome: Outcome, reply: Reply, *, classes: tuple[str, ...] | None) -> bytes:
    """The inference response. A row that was refused is null in every output and has an entry in `errors`.

    Protocol parameters are plain values, so `errors` and the class names of `probabilities` are JSON in text. An
    answer stored by a version with other classes has null under classes it did not know, and a number whose version
    promises no interval has two nulls.
    """
    rows: list[Prediction | None] = [None] * reply.rows
    for place, one in zip(outcome.places, outcome.answers, strict=True):
        rows[place] = one
    parameters: dict[str, object] = {"logging": outcome.logging}
    if outcome.errors:
        parameters["errors"] = orjson.dumps([row_problem(error) for error in outcome.errors]).decode()
    return orjson.dumps(
        {
            "model_name": outcome.model,
            "model_version": str(outcome.version),
            **({} if reply.id is None else {"id": reply.id}),
            "parameters": parameters,
            "outputs": [_output(name, rows, classes, outcome) for name in reply.outputs],
        }
    )


def _request_id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise unusable(("id", f"must be text of 1 to {LONGEST_ID} characters"))
    return value


def _wanted(value: object, known: tuple[str, ...]) -> tuple[str, ...]:
    """All outputs when the request names none."""
    if value is None or value == []:
        return known
    given = value if isinstance(value, list) else [value]
    names = [one.get("name") if isinstance(one, dict) else None for one in given]
    wanted = tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name in known))
    if not isinstance(value, list) or not all(name in wanted for name in names):
        raise unusable(("outputs", f"must be an array of objects, each with a name out of {', '.join(known)}"))
    return wanted


def _all_or_nothing(parameters: object) -> bool:
    if parameters is None:
        return True
    if not isinstance(parameters, dict):
        raise unusable(("parameters", "must be an object"))
    value = parameters.get("all_or_nothing", True)
    if not isinstance(value, bool):
        raise unusable(("parameters.all_or_nothing", "must be true or false"))
    return value


def _columns(tensors: Sequence[Tensor], schema: FeatureSchema, request_id: str | None) -> Columns:
    rows = tensors[0].rows
    named: dict[str, list[object]] = {}
    faults: dict[int, RowError] = {}
    for tensor in tensors:
        if tensor.rows != rows:
            raise unusable((tensor.name, f"has {tensor.rows} rows and {tensors[0].name!r} has {rows}: give as many"))
        names = _names(tensor, schema)
        for column, name in enumerate(names):
            if name in named:
                raise unusable((name, "is given twice: give each feature once"))
            named[name] = tensor.cells[column :: tensor.width]
        for place, problem in tensor.faults.items():
            row, column = divmod(place, tensor.width)
            faults.setdefault(row, RowError(row=row, field=names[column], problem=problem))
    ids = named.pop(ID, None) if ID not in schema.kinds else None
    times = named.pop(TIME, None) if TIME not in schema.kinds else None
    require_features(named, schema)
    if ids is None and request_id is not None:
        ids = _keys(request_id, rows)
    return Columns(rows=rows, features=named, ids=ids, times=times, faults=faults)


def _names(tensor: Tensor, schema: FeatureSchema) -> tuple[str, ...]:
    """The columns that a tensor holds: one of its own name, or the features in order."""
    matrix = matrix_columns(schema)
    is_feature = tensor.name in schema.kinds or tensor.name in (ID, TIME)
    if matrix is not None and tensor.is_matrix and not is_feature:
        if tensor.width != len(matrix):
            raise unusable(
                (tensor.name, f"has {tensor.width} columns, and the model has {len(matrix)} features: give as many")
            )
        return matrix
    if tensor.width != 1:
        raise unusable((tensor.name, f"has {tensor.width} columns: give each feature a tensor [rows] or [rows, 1]"))
    return (tensor.name,)


def _keys(request_id: str, rows: int) -> list[object]:
    if rows == 1:
        return [request_id]
    if len(f"{request_id}/{rows - 1}") > LONGEST_ID:
        raise unusable(("id", f"must leave room for the number of a row within {LONGEST_ID} characters"))
    return [f"{request_id}/{row}" for row in range(rows)]


def _output(
    name: str, rows: Sequence[Prediction | None], classes: tuple[str, ...] | None, outcome: Outcome
) -> dict[str, object]:
    """One output tensor: `probabilities` is rows × classes, `interval` rows × 2, any other a vector."""
    if name == INTERVAL:
        ends = [end for one in rows for end in (one and outcome.interval(one)) or (None, None)]
        return {"name": name, "datatype": datatype_of(name, classes), "shape": [len(rows), 2], "data": ends}
    if name == "probabilities" and classes is not None:
        cells = [share for one in rows for share in _shares(one, classes)]
        named = {"classes": orjson.dumps(classes).decode()}
        return {
            "name": name,
            "datatype": "FP64",
            "shape": [len(rows), len(classes)],
            "parameters": named,
            "data": cells,
        }
    read = OUTPUTS[name]
    data = [None if one is None else read(one) for one in rows]
    return {"name": name, "datatype": datatype_of(name, classes), "shape": [len(rows)], "data": data}


def _shares(one: Prediction | None, classes: tuple[str, ...]) -> list[float | None]:
    known: Mapping[str, float] = {} if one is None or one.probabilities is None else one.probabilities
    return [known.get(name) for name in classes]


def datatype_of(output: str, classes: tuple[str, ...] | None) -> str:
    """The protocol's datatype of an output."""
    if output == "value":
        return "FP64" if classes is None else "BYTES"
    return {"id": "BYTES", "version": "INT64", "abstained": "BOOL"}.get(output, "FP64")


INTERVAL = "interval"
OUTPUTS: Mapping[str, Callable[[Prediction], object]] = {
    "id": lambda one: one.id,
    "value": lambda one: one.value,
    "probabilities": lambda one: one.probabilities,
    "confidence": lambda one: one.confidence,
    "abstained": lambda one: one.abstained,
    INTERVAL: lambda _: None,  # the outcome knows it
    "version": lambda one: one.version,
}
_OF_CLASSES = ("probabilities", "confidence", "abstained")
