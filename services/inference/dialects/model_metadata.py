"""What a model wants and gives, in the words of the Open Inference Protocol. Pure: it knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from infra.model.columns import ColumnKind
from infra.model.schema import FeatureSchema
from services.inference.dialects.columns import ID, TIME
from services.inference.dialects.open_inference import INTERVAL, datatype_of, matrix_columns, output_names
from services.inference.dialects.open_inference_shapes import ModelMetadata, TensorMetadata

PLATFORM = "keepsharp"
_DATATYPES: dict[ColumnKind, str] = {"numeric": "FP64", "boolean": "BOOL"}


def describe_model(
    name: str, versions: Sequence[int], schema: FeatureSchema, classes: tuple[str, ...] | None
) -> ModelMetadata:
    """The metadata of one version of a model; `versions` are all that are loaded. `inputs` are those it needs."""
    needed = {column: kind for column, kind in schema.kinds.items() if kind != "carried"}
    optional = [column for column in (*schema.kinds, ID, TIME) if column not in needed]
    matrix = matrix_columns(schema)
    return ModelMetadata(
        name=name,
        versions=[str(version) for version in sorted(versions)],
        platform=PLATFORM,
        inputs=[
            TensorMetadata(name=column, datatype=_DATATYPES.get(kind, "BYTES"), shape=[-1])
            for column, kind in needed.items()
        ],
        outputs=[
            TensorMetadata(name=output, datatype=datatype_of(output, classes), shape=_shape(output, classes))
            for output in output_names(classes)
        ],
        properties={
            "optional_inputs": _text(list(dict.fromkeys(optional))),
            **({} if matrix is None else {"matrix_columns": _text(matrix)}),
        },
    )


def _shape(output: str, classes: tuple[str, ...] | None) -> list[int]:
    if output == INTERVAL:
        return [-1, 2]
    return [-1, len(classes)] if output == "probabilities" and classes is not None else [-1]


def _text(names: Sequence[str]) -> str:
    return orjson.dumps(names).decode()
