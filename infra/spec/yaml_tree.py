"""YAML text → plain values, with the line of every key and entry, and every mistake of form on the way.

Plain values follow YAML 1.2: only `true` and `false` are booleans, `NO` and `on` are text, nothing is a date, and
a number with leading zeros is text. Anchors, aliases and tags are refused. It knows nothing of what a model file
may say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from infra.domain.errors import Mistake, SpecError
from infra.spec.agreement import Place

MAX_CHARACTERS = 200_000
MAX_DEPTH = 12
_DEFAULT_TAGS = {None, "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_RULES: list[tuple[re.Pattern[str], Callable[[str], object]]] = [
    (re.compile(r"|~|null|Null|NULL"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?(0|[1-9]\d{0,300})"), int),
    (re.compile(r"[-+]?(\.\d+|(0|[1-9]\d*)(\.\d*)?)([eE][-+]?\d+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda text: float(text.replace(".", ""))),
    (re.compile(r"\.(nan|NaN|NAN)"), lambda _: float("nan")),
]


@dataclass(kw_only=True, slots=True)
class YamlTree:
    """What a document says. `texts` holds each scalar as it was written, by place; lines count from 1."""

    values: dict[str, object] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, place: Place) -> int | None:
        """The line of the place, or of the nearest part around it."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return None

    def mistake(self, place: Place, problem: str, line: int | None = None) -> None:
        """Note one mistake."""
        self.mistakes.append(Mistake(where=place_name(place), line=line or self.line(place), problem=problem))


def place_name(place: Place) -> str:
    """A place as a person writes it.

    >>> place_name(("learner", "hidden", 1)), place_name(())
    ('learner.hidden[1]', 'the file')
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.lstrip(".") or "the file"


def read_tree(text: str, source: str) -> YamlTree:
    """Read one YAML document.

    Raises:
        SpecError: nothing can be read at all: a syntax error, no document, several, or not a mapping.
    """
    root = _compose(text, source)
    if not isinstance(root, yaml.MappingNode):
        got = "a list" if isinstance(root, yaml.SequenceNode) else f"`{root.value}`"
        raise _whole(source, _line(root), f"must be `key: value` lines, such as `model: NAME`; got {got}")
    tree = YamlTree(lines={(): 1})
    tree.values = _mapping(root, (), tree)
    return tree


def _compose(text: str, source: str) -> yaml.Node:
    if len(text) > MAX_CHARACTERS:
        raise _whole(source, None, f"has {len(text)} characters; a model file has at most {MAX_CHARACTERS}")
    try:
        _refuse_by_events(text, source)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _whole(source, *_syntax(error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise _whole(source, line, f"holds a character that YAML does not allow ({error.character!r})") from error
    if root is None:
        raise _whole(source, None, "is empty: `keepsharp init DIR` writes a model file to start from")
    return root


def _line(part: yaml.Node | yaml.Event) -> int | None:
    return part.start_mark.line + 1 if part.start_mark is not None else None


def _refuse_by_events(text: str, source: str) -> None:
    """Refuse, before any tree is built, what would make it endless, enormous or manifold."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _whole(source, line, "uses an anchor (`&`) or alias (`*`): write the value out, or quote the text")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise _whole(source, line, f"is nested more than {MAX_DEPTH} levels deep; a model file needs 3")
        if documents > 1:
            raise _whole(source, line, "holds a second document (after `---`): one file describes one model")


def _syntax(error: yaml.MarkedYAMLError) -> tuple[int | None, str]:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else None
    problem = str(error.problem or "it cannot be read")
    if "\\t" in problem or "tab" in problem:
        return line, "is not YAML: a tab stands where only spaces may indent"
    return line, f"is not YAML: {problem}; check the indentation, the quotes and the space after each `:`"


def _whole(source: str, line: int | None, problem: str) -> SpecError:
    return SpecError(source, [Mistake(where="the file", line=line, problem=problem)])


def _mapping(node: yaml.MappingNode, place: Place, tree: YamlTree) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = _line(key_node) or 1
        if not isinstance(key_node, yaml.ScalarNode):
            tree.mistake(place, "has a list or a mapping as a key: a key is a word", line)
            continue
        key = str(key_node.value)
        inner = (*place, key)
        if key in values:
            tree.mistake(inner, f"is given twice (first on line {tree.lines[inner]}): keep one", line)
            continue
        tree.lines[inner] = line
        values[key] = _value(value_node, inner, tree)
    return values


def _value(node: yaml.Node, place: Place, tree: YamlTree) -> object:
    if node.tag not in _DEFAULT_TAGS:
        tree.mistake(place, f"has the tag `{node.tag}`: tags are not accepted, remove it", _line(node))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, tree)
    if isinstance(node, yaml.SequenceNode):
        items: list[object] = []
        for index, item in enumerate(node.value):
            tree.lines[(*place, index)] = _line(item) or 1
            items.append(_value(item, (*place, index), tree))
        return items
    tree.texts[place] = str(node.value)
    is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return _scalar(str(node.value)) if is_plain else str(node.value)


def _scalar(text: str) -> object:
    for pattern, read in _RULES:
        if pattern.fullmatch(text):
            return read(text)
    return text
