"""What the model file accepts at a place, and what is wrong there, in plain English.

Everything is said from the JSON schema of the model file, so that wording and rules cannot part. It knows no lines.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import cast

from infra.spec.agreement import Place

Node = Mapping[str, object]


class Accepted:
    """The JSON schema of a model file, walked by place."""

    def __init__(self, schema: Node) -> None:
        self._root = schema
        self._definitions = cast("Mapping[str, Node]", schema.get("$defs", {}))

    def at(self, place: Place) -> Node | None:
        """The schema of a place, or None when the model file has no such place."""
        node: Node | None = self._root
        for part in place:
            node = self._below(node, part) if node is not None else None
        return node

    def _below(self, node: Node, part: str | int) -> Node | None:
        for choice in self.choices(node):
            if isinstance(part, int) and "items" in choice:
                return cast("Node", choice["items"])
            properties = cast("Mapping[str, Node]", choice.get("properties", {}))
            if isinstance(part, str) and part in properties:
                return properties[part]
            if isinstance(part, str) and isinstance(choice.get("additionalProperties"), Mapping):
                return cast("Node", choice["additionalProperties"])
        return None

    def choices(self, node: Node) -> list[Node]:
        """The alternatives of a node, references followed, `null` left out."""
        if "$ref" in node:
            return self.choices(self._definitions[str(node["$ref"]).rsplit("/", 1)[1]])
        alternatives = cast("list[Node] | None", node.get("anyOf"))
        if alternatives is not None:
            return [inner for alternative in alternatives for inner in self.choices(alternative)]
        return [] if node.get("type") == "null" else [node]

    def keys(self, place: Place) -> list[str]:
        """The keys of a section; empty for anything else."""
        node = self.at(place)
        choices = self.choices(node) if node is not None else []
        return [key for choice in choices for key in cast("Mapping[str, Node]", choice.get("properties", {}))]

    def names(self, place: Place) -> list[str]:
        """The names that a section of freely named entries knows; empty where any will do."""
        node = self.at(place)
        choices = self.choices(node) if node is not None else []
        named = [cast("Node", choice["propertyNames"]) for choice in choices if "propertyNames" in choice]
        return [
            str(word) for node in named for inner in self.choices(node) for word in cast("list[str]", inner["enum"])
        ]

    def is_text(self, place: Place) -> bool:
        """Whether only text is accepted, so that `1` or `true` there means the word."""
        node = self.at(place)
        choices = self.choices(node) if node is not None else []
        return bool(choices) and all(choice.get("type") == "string" for choice in choices)

    def words(self, place: Place) -> str:
        """What would be accepted at a place."""
        node = self.at(place)
        return " or ".join(_words(choice, self) for choice in self.choices(node)) if node is not None else "nothing"


def _words(node: Node, accepted: Accepted) -> str:
    if "accepted" in node:
        return str(node["accepted"])
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return _either(cast("list[str]", node["enum"]))
    kind = str(node.get("type"))
    if kind == "boolean":
        return "`true` or `false`"
    if kind in ("number", "integer"):
        return _number(node, "a whole number" if kind == "integer" else "a number")
    if kind == "array":
        items = accepted.choices(cast("Node", node["items"]))
        each = " or ".join(_words(item, accepted) for item in items)
        return f"a list, such as `[a, b]`, of which each is {each}"
    if "properties" in node:
        return f"a section with the keys {_listed(cast('Mapping[str, Node]', node['properties']))}"
    if kind == "object":
        inner = accepted.choices(cast("Node", node["additionalProperties"]))
        return f"`name: kind` entries, where the kind is {_words(inner[0], accepted)}"
    return {"date-time": "a time such as `2024-01-31T08:00:00Z`"}.get(str(node.get("format")), "text")


def _number(node: Node, noun: str) -> str:
    bounds = {
        "exclusiveMinimum": "above {}",
        "minimum": "at least {}",
        "exclusiveMaximum": "below {}",
        "maximum": "at most {}",
    }
    said = [words.format(_plain(cast("float", node[key]))) for key, words in bounds.items() if key in node]
    return f"{noun}{' of' * said[0].startswith('at least')} {' and '.join(said)}" if said else noun


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _either(words: Iterable[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join([", ".join(quoted[:-1])] * (len(quoted) > 1) + quoted[-1:])


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def got(value: object) -> str:
    """A value as the model file would write it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value) if isinstance(value, (bool, float, int)) else str(value)
    return text if not isinstance(value, str) else f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def unknown_key(place: Place, accepted: Accepted) -> str:
    """An unknown key: the nearest accepted one, where it belongs, or all that are accepted."""
    key, section = str(place[-1]), place[:-1]
    known = accepted.keys(section)
    elsewhere = [name for name in accepted.keys(()) if name not in section and key in accepted.keys((name,))]
    near = nearest(key, known)
    if near and near.lower() == key.lower().replace("-", "_"):
        return f"is not a key; did you mean `{near}`?"
    if section and key in accepted.keys(()):
        return "is not a key here; it belongs at the top of the file, not indented"
    if elsewhere:
        return f"is not a key here; it belongs under {_either(elsewhere)}"
    if near:
        return f"is not a key; did you mean `{near}`? Accepted here: {_listed(known)}"
    return f"is not a key. Accepted here: {_listed(known)}"


def unknown_name(place: Place, accepted: Accepted) -> str:
    """An unknown name of an entry: the nearest known one, and all of them."""
    known = accepted.names(place[:-1])
    near = nearest(str(place[-1]), known)
    return f"is not known{f'; did you mean `{near}`?' if near else '.'} Accepted here: {_listed(known)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that the given one is most likely a slip of, or None.

    >>> nearest("tolerence", ["window", "tolerance"])
    'tolerance'
    """
    spelled: dict[str, str] = {}
    for name in known:
        spelled.setdefault(name.lower().replace("-", "_"), name)
    found = difflib.get_close_matches(word.lower().replace("-", "_"), list(spelled), n=1, cutoff=0.6)
    return spelled[found[0]] if found else None


def problem_words(kind: str, place: Place, value: object, message: str, accepted: Accepted) -> str:
    """The sentence for one finding of pydantic's, whose `kind` is its error type."""
    if kind == "extra_forbidden":
        return unknown_key(place, accepted)
    if kind == "missing":
        return f"is required: {accepted.words(place)}"
    if kind == "value_error":
        return message
    if kind == "too_short":
        return f"is empty: write {accepted.words(place)}"
    near = nearest(value, _enumerated(place, accepted)) if isinstance(value, str) else None
    hint = f"; did you mean `{near}`?" if near else ""
    if isinstance(value, str) and kind in ("float_type", "int_type") and _is_number(value):
        hint = "; remove the quotes"
    return f"must be {accepted.words(place)}; got {got(value)}{hint}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _enumerated(place: Place, accepted: Accepted) -> list[str]:
    node = accepted.at(place)
    choices = accepted.choices(node) if node is not None else []
    return [str(word) for choice in choices for word in cast("list[str]", choice.get("enum", []))]
