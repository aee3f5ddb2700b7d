from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.body import DEEPEST_NESTING, parse_json
from services.inference.problems import Problem

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, st.booleans())
def test_strict_documents_pass_unchanged(document: object, escaped: bool) -> None:
    assert parse_json(json.dumps(document, ensure_ascii=escaped).encode()) == document


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(TEXT, SCALARS, min_size=1, max_size=3), st.data(), st.booleans())
def test_a_repeated_key_never_passes(document: dict[str, object], data: st.DataObject, escaped: bool) -> None:
    again = data.draw(st.sampled_from(sorted(document)))
    parts = [f"{json.dumps(key, ensure_ascii=escaped)}: {json.dumps(value)}" for key, value in document.items()]
    parts.insert(data.draw(st.integers(0, len(parts))), f"{json.dumps(again)}: {data.draw(st.integers(0, 9))}")
    nested = data.draw(st.sampled_from(['{"rows": [%s]}', "[%s, 1]", "%s"])) % ("{" + ", ".join(parts) + "}")
    with pytest.raises(Problem) as caught:
        parse_json(nested.encode())
    assert caught.value.status_code == 400


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=40) | st.text('{}[]":,\\u0dn1e-', max_size=30).map(str.encode))
def test_any_bytes_are_a_document_or_a_problem_of_the_caller(raw: bytes) -> None:
    document = _parsed(raw)
    if isinstance(document, Problem):
        assert document.status_code in (400, 422)
        assert len(document.detail) < 300
    else:
        assert document == orjson.loads(raw)


def _parsed(raw: bytes) -> object:
    try:
        return parse_json(raw)
    except Problem as refused:
        return refused


def test_nesting_is_let_in_to_its_limit() -> None:
    parse_json(b"[" * DEEPEST_NESTING + b"]" * DEEPEST_NESTING)
    with pytest.raises(Problem, match="nests deeper"):
        parse_json(b"[" * (DEEPEST_NESTING + 1) + b"]" * (DEEPEST_NESTING + 1))


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert parse_json(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    ("raw", "said", "hinted"),
    [
        (b" ", "The body is empty", False),
        (b"[1,", "not strict JSON", False),
        (b"[NaN]", "not strict JSON", True),
        (b"[1e999]", "not strict JSON", True),
    ],
)
def test_a_body_that_is_no_json_is_told_why(raw: bytes, said: str, hinted: bool) -> None:
    with pytest.raises(Problem, match=said) as caught:
        parse_json(raw)
    assert ("NaN and Infinity" in caught.value.detail) == hinted
