"""A model file → ModelSpec, or every mistake in it at once, each with its line and what would be accepted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.domain.errors import Mistake, SpecError
from infra.domain.values import class_name
from infra.spec.agreement import Place, disagreements
from infra.spec.model_file import ModelSpec
from infra.spec.wording import Accepted, problem_words, unknown_name
from infra.spec.yaml_tree import YamlTree, place_name, read_tree


def read_spec(path: Path) -> ModelSpec:
    """Read a model file.

    Raises:
        SpecError: it cannot be read, or with all its mistakes at once.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file: `keepsharp init DIR` writes one to start from") from error
    except IsADirectoryError as error:
        raise _unreadable(path, f"is a folder: name the file in it, such as {path / 'model.yaml'}") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror or error}") from error
    return parse_spec(text, str(path))


def parse_spec(text: str, source: str) -> ModelSpec:
    """Read the text of a model file; `source` names it in messages.

    Raises:
        SpecError: all mistakes at once, in the order of their lines.
    """
    tree = read_tree(text, source)
    accepted = _accepted()
    values = _prepared(tree.values, (), tree, accepted)
    assert isinstance(values, dict)
    try:
        spec = ModelSpec.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        _note_findings(error.errors(include_url=False), tree, accepted)
        noted = {mistake.where for mistake in tree.mistakes}
        for place, problem in disagreements(values):
            if place_name(place) not in noted:
                tree.mistake(place, problem)
    if tree.mistakes:
        raise SpecError(source, _ordered(tree.mistakes))
    return spec


@cache
def _accepted() -> Accepted:
    return Accepted(ModelSpec.model_json_schema())


def _prepared(value: object, place: Place, tree: YamlTree, accepted: Accepted) -> object:
    """The value as its place means it: an empty section has no keys, and a word may look like a number."""
    if isinstance(value, dict):
        return {key: _prepared(inner, (*place, key), tree, accepted) for key, inner in value.items()}
    if isinstance(value, list):
        return [_prepared(inner, (*place, index), tree, accepted) for index, inner in enumerate(value)]
    if value is None and accepted.keys(place):
        return {}
    if isinstance(value, (bool, int, float)) and accepted.is_text(place):
        return class_name(value) if place == ("data", "positive") else tree.texts[place]
    return value


def _note_findings(findings: list[ErrorDetails], tree: YamlTree, accepted: Accepted) -> None:
    noted = set()
    for finding in findings:
        place = _place(finding["loc"], accepted, unknown=finding["type"] == "extra_forbidden")
        if not place or place in noted or _is_told_inside(finding, place, accepted):
            continue
        noted.add(place)
        if finding["loc"][-1] == "[key]":
            tree.mistake(place, unknown_name(place, accepted))
            continue
        message = str(finding.get("ctx", {}).get("error", finding["msg"]))
        tree.mistake(place, problem_words(finding["type"], place, finding["input"], message, accepted))


def _is_told_inside(finding: ErrorDetails, place: Place, accepted: Accepted) -> bool:
    """Whether a section stands where one may stand: what is wrong is in it, not that it is no word."""
    return finding["type"] != "missing" and isinstance(finding["input"], dict) and bool(accepted.keys(place))


def _place(location: tuple[str | int, ...], accepted: Accepted, *, unknown: bool) -> Place:
    """The place in the file: pydantic's location without the alternatives that it tried there."""
    place: Place = ()
    for index, part in enumerate(location):
        is_unknown_key = unknown and index == len(location) - 1
        if is_unknown_key or accepted.at((*place, part)) is not None:
            place = (*place, part)
    return place


def _ordered(mistakes: list[Mistake]) -> list[Mistake]:
    return sorted(mistakes, key=lambda mistake: mistake.line or 0)


def _unreadable(path: Path, problem: str) -> SpecError:
    return SpecError(str(path), [Mistake(where="the file", line=None, problem=problem)])
