"""What the parts of a model file are made of: the closed section, and the types that several of them share.

The sentence below a field is its description in the JSON Schema, in an editor, and in the reference.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Price = Annotated[float, Field(ge=0.0)]
ImportPath = Annotated[
    str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", json_schema_extra={"accepted": "`package.module:name`"})
]


class Section(BaseModel):
    """A part of the model file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)
