"""The columnar dialect for bulk: an Arrow IPC stream to a question, an outcome to an Arrow IPC stream.

Each column is a feature; `id` (text) and `time` (timestamps with a zone, or ISO 8601 text) are about the row,
unless the model has a feature of that name. NaN is a missing value. Columns hold booleans, numbers or text, text
also as a dictionary. The answer has one row for each row asked, in their order: one that could not be used is null
but for its `place`, and `field` and `problem` say why. It knows nothing of HTTP beyond its media type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from struct import error as StructError  # noqa: N812  # the name says what it is; `error` would not

import pyarrow as pa
import pyarrow.compute as pc

from infra.domain.errors import RowError
from infra.domain.predictions import Prediction
from infra.domain.values import class_name
from infra.model.schema import FeatureSchema
from services.inference.answering import Outcome, Question
from services.inference.dialects.arrow_messages import decoded_bytes
from services.inference.dialects.columns import ID, TIME, Columns, require_features, rows_of, too_many_rows, unusable
from services.inference.problems import Problem, clipped

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
DECODED_BYTES = 64_000_000
"""How large compressed columns may become, and the dictionaries of all batches together."""
LONGEST_WORD_BYTES = 4_000
"""Longest text in a dictionary: one text that many rows repeat is stored for each of them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_BROKEN = (pa.ArrowException, OSError, EOFError, ValueError, StructError, IndexError)
"""What decoding damaged bytes raises."""


def speaks_arrow(header: str) -> bool:
    """Whether a Content-Type or an Accept header names an Arrow stream, whatever its parameters."""
    return any(part.partition(";")[0].strip().lower() == MEDIA_TYPE for part in header.split(","))


def read_table(
    raw: bytes,
    *,
    model: str,
    schema: FeatureSchema,
    now: datetime,
    max_rows: int,
    version: int | None = None,
    all_or_nothing: bool = False,
) -> Question:
    """The question that the rows of an Arrow stream ask.

    Raises:
        Problem: 422 for bytes that are no Arrow stream, or for columns that cannot be used; 413 for too many rows,
            or columns that would grow too large when decoded.
    """
    try:
        table = _table(raw, schema, max_rows)
    except _BROKEN as error:
        raise unusable((None, f"the body is not a whole Arrow IPC stream ({clipped(_first_line(error))})")) from error
    columns = _columns(table, schema)
    rows, errors = rows_of(columns, now)
    return Question(model=model, version=version, rows=rows, errors=errors, all_or_nothing=all_or_nothing)


def render_table(outcome: Outcome) -> bytes:
    """One Arrow stream: place, id, value, version, confidence, abstained, `probability.CLASS` …, `interval.low` and
    `interval.high` of a regression, field, problem.

    `value` is text for classes and a double for regression. The schema's metadata say model, version and logging.
    """
    by_place: dict[int, Prediction] = dict(zip(outcome.places, outcome.answers, strict=True))
    refused = {error.row: error for error in outcome.errors}
    places = sorted({*by_place, *refused})
    rows = [by_place.get(place) for place in places]
    errors = [refused.get(place) for place in places]
    named = {"model": outcome.model, "version": str(outcome.version), "logging": outcome.logging}
    columns = {"place": pa.array(places, pa.int64()), **_answers(rows), **_intervals(rows, outcome), **_errors(errors)}
    table = pa.table(columns).replace_schema_metadata(named)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(raw: bytes, schema: FeatureSchema, max_rows: int) -> pa.Table:
    """The stream's rows, checked through and through before any value is looked at."""
    _require_size(decoded_bytes(raw))
    reader = pa.ipc.open_stream(raw)
    _require_columns(reader.schema, schema)
    batches, rows, dictionary_bytes = [], 0, 0
    for batch in reader:
        rows += batch.num_rows
        if rows > max_rows:
            raise too_many_rows(rows, max_rows)
        dictionaries = [column.dictionary for column in batch.columns if isinstance(column, pa.DictionaryArray)]
        dictionary_bytes += sum(one.get_total_buffer_size() for one in dictionaries)
        _require_size(dictionary_bytes)
        batch.validate(full=True)
        batches.append(batch)
    if not rows:
        raise unusable((None, "the table has no rows: send at least one"))
    return pa.Table.from_batches(batches)


def _require_size(size: int) -> None:
    if size > DECODED_BYTES:
        raise Problem(413, f"The columns become {size} bytes, over {DECODED_BYTES}: send several requests.")


def _require_columns(found: pa.Schema, schema: FeatureSchema) -> None:
    """The columns are the model's, each once, and of types that hold features. Raises Problem."""
    names = Counter(found.names)
    about = {ID, TIME} - schema.kinds.keys()
    require_features([name for name in names if name not in about], schema)
    twice = [(name, "is given twice: give each column once") for name, times in names.items() if times > 1]
    wrong = [(field.name, f"is of type {str(field.type)[:60]}: {_HELD}") for field in found if not _is_plain(field)]
    naive = [
        (field.name, "is a timestamp without a zone: give it one, such as UTC")
        for field in found
        if pa.types.is_timestamp(field.type) and not field.type.tz
    ]
    if twice or wrong or naive:
        raise unusable(*twice, *wrong, *naive)


def _is_plain(field: pa.Field) -> bool:
    kind = field.type
    if isinstance(kind, pa.DictionaryType):
        return _is_text(kind.value_type)
    if pa.types.is_timestamp(kind):
        return bool(field.name == TIME)
    return any(is_kind(kind) for is_kind in _PLAIN)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


_HELD = "columns hold booleans, numbers or text, text also as a dictionary"
_PLAIN: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    _is_text,
)


def _columns(table: pa.Table, schema: FeatureSchema) -> Columns:
    faults: dict[int, RowError] = {}
    read = {name: _values(table.column(name), name, faults) for name in table.column_names}
    return Columns(
        rows=table.num_rows,
        ids=read.pop(ID, None) if ID not in schema.kinds else None,
        times=read.pop(TIME, None) if TIME not in schema.kinds else None,
        features=read,
        faults=faults,
    )


def _values(column: pa.ChunkedArray, name: str, faults: dict[int, RowError]) -> list[object]:
    values: list[object] = []
    for chunk in column.chunks:
        values += _chunk(chunk, name)
    for row, value in enumerate(values):
        if isinstance(value, str) and "\x00" in value:
            faults.setdefault(row, RowError(row=row, field=name, problem="holds a NUL character: remove it"))
    return values


def _chunk(chunk: pa.Array, name: str) -> list[object]:
    """Plain values."""
    kind = chunk.type
    if isinstance(kind, pa.DictionaryType):
        longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
        if longest > LONGEST_WORD_BYTES:
            raise unusable(
                (name, f"has a dictionary with a text of {longest} bytes, over {LONGEST_WORD_BYTES}: shorten it")
            )
        return list(chunk.dictionary_decode().to_pylist())
    if pa.types.is_floating(kind):
        return [None if value != value else value for value in chunk.cast(pa.float64()).to_pylist()]
    if pa.types.is_timestamp(kind):
        return _moments(chunk)
    return list(chunk.to_pylist())


def _moments(chunk: pa.Array) -> list[object]:
    """Moments in UTC, to the microsecond: Arrow keeps UTC whatever zone a column is shown in. Raises Problem."""
    a_second = _TICKS_A_SECOND[chunk.type.unit]
    try:
        return [
            None if ticks is None else _EPOCH + timedelta(microseconds=ticks * 1_000_000 // a_second)
            for ticks in chunk.cast(pa.int64()).to_pylist()
        ]
    except OverflowError:
        raise unusable((TIME, "lies outside the years 1 to 9999")) from None


def _answers(rows: Sequence[Prediction | None]) -> Mapping[str, pa.Array]:
    answered = [one for one in rows if one is not None]
    texts = any(isinstance(one.value, str) for one in answered)
    values = [None if one is None else class_name(one.value) if texts else one.value for one in rows]
    classes = dict.fromkeys(name for one in answered for name in one.probabilities or ())
    return {
        "id": pa.array([None if one is None else one.id for one in rows], pa.string()),
        "value": pa.array(values, pa.string() if texts else pa.float64()),
        "version": pa.array([None if one is None else one.version for one in rows], pa.int64()),
        "confidence": pa.array([None if one is None else one.confidence for one in rows], pa.float64()),
        "abstained": pa.array([None if one is None else one.abstained for one in rows], pa.bool_()),
        **{f"probability.{name}": pa.array([_share(one, name) for one in rows], pa.float64()) for name in classes},
    }


def _intervals(rows: Sequence[Prediction | None], outcome: Outcome) -> Mapping[str, pa.Array]:
    """The ends of a regression's intervals, where any are known."""
    if not outcome.half_widths:
        return {}
    ends = [None if one is None else outcome.interval(one) for one in rows]
    return {
        f"interval.{name}": pa.array([None if one is None else one[place] for one in ends], pa.float64())
        for place, name in enumerate(("low", "high"))
    }


def _share(one: Prediction | None, name: str) -> float | None:
    return None if one is None or one.probabilities is None else one.probabilities.get(name)


def _errors(errors: Sequence[RowError | None]) -> Mapping[str, pa.Array]:
    fields = [None if one is None or one.field is None else clipped(one.field) for one in errors]
    problems = [None if one is None else clipped(one.problem) for one in errors]
    return {"field": pa.array(fields, pa.string()), "problem": pa.array(problems, pa.string())}


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
