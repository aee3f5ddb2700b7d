"""The section `data` of a model file: where the labelled history comes from, and what its columns mean."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from infra.spec.section import Section
from infra.spec.spans import Span


def _moment(value: object) -> object:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"must be a time such as `2024-01-31T08:00:00Z`; got `{value}`") from error


FeatureKind = Literal["numeric", "categorical", "boolean"]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Data(Section):
    """Where the labelled history comes from, and what its columns mean."""

    source: Annotated[
        str, Field(json_schema_extra={"accepted": "the name of a data file, `openml:NAME`, or a database URL"})
    ]
    """CSV, CSV.gz, Parquet, NPZ, `openml:NAME`, or a database URL with `query`; relative to the model file."""
    target: Annotated[str, Field(json_schema_extra={"accepted": "the name of the column with the truth"})]
    """The column with the truth."""
    query: str | None = None
    """The select, where `source` is a database URL; its rows are the history."""
    time: str | None = None
    """Event time column; omitted: file order is time order."""
    time_format: str | None = None
    """strptime format, or `ISO8601`; omitted: found from the data, and refused when it is ambiguous."""
    time_zone: str = "UTC"
    """Zone of times that carry none."""
    time_start: Moment | None = None
    """Without a time column: when the first row happened; omitted: 2000-01-01."""
    time_step: Span | None = None
    """Without a time column: from one row to the next; omitted: one minute."""
    positive: str | None = None
    """The class whose catch rate matters; binary tasks."""
    features: dict[str, FeatureKind] | None = None
    """Omitted: all other columns, inferred and then frozen."""
    ignore: list[str] = []
    """Columns that are never features."""
    slices: list[str] = []
    """Columns within each value of which accuracy is judged as well."""
    images: str | None = None
    """NPZ: the array of pictures, n × height × width [× channel]."""
