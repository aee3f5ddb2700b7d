"""A body that cannot be used is refused in words that say what would be accepted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from services.inference.complaints import complaint
from services.inference.schemas import PromoteRequest, RetrainRequest, SilenceRequest

GOOD: dict[str, Any] = {"version": 2, "reason": "odd", "until": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("shape", "changed", "said"),
    [
        (PromoteRequest, {"version": 0}, "has to be at least 1; got 0"),
        (PromoteRequest, {"version": 2**40}, "may be at most 2147483647; got 1099511627776"),
        (PromoteRequest, {"version": "x"}, "has to be a whole number; got `x`"),
        (PromoteRequest, {"version": 2.5}, "has to be a whole number; got 2.5"),
        (PromoteRequest, {"version": None}, "has to be a whole number; got null"),
        (PromoteRequest, {"force": "yes"}, "has to be true or false; got `yes`"),
        (PromoteRequest, {"reason": ""}, "has to have at least 1 character; got ``"),
        (PromoteRequest, {"reason": "x" * 1001}, "may have at most 1000 characters"),
        (PromoteRequest, {"reason": 5}, "has to be a text; got 5"),
        (
            PromoteRequest,
            {"reson": "x"},
            "is no field of this request: leave it out, or see /openapi.json for its name",
        ),
        (RetrainRequest, {"how": "hot"}, "has to be 'warm' or 'scratch'; got `hot`"),
        (SilenceRequest, {"until": "soon"}, "is no ISO 8601 time: write 2026-03-01T12:00:00Z"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_accepted(
    shape: type[BaseModel], changed: dict[str, Any], said: str
) -> None:
    sent = {name: value for name, value in GOOD.items() if name in shape.model_fields} | changed
    with pytest.raises(ValidationError) as raised:
        shape.model_validate(sent)
    (error,) = raised.value.errors()
    assert complaint(error) == said


def test_a_field_that_is_missing_is_said() -> None:
    with pytest.raises(ValidationError) as raised:
        PromoteRequest.model_validate({"reason": "odd"})
    assert [complaint(error) for error in raised.value.errors()] == ["is missing"]


def test_no_complaint_of_an_unknown_kind_is_lost() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Annotated[int, Field(multiple_of=3)]).validate_python(4)
    assert complaint(raised.value.errors()[0]) == "Input should be a multiple of 3"
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Literal["a", "b"]).validate_python("c")
    assert complaint(raised.value.errors()[0]) == "has to be 'a' or 'b'; got `c`"
