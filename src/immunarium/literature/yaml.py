"""YAML 1.2, read safely, with line numbers: plain data, each key once, no cycle and no bomb."""

from __future__ import annotations

import re
from typing import Any

from immunarium.literature import problems as p
from immunarium.literature.files import FormError, Lines

_MOST = 100_000  # nodes, aliases written out
_TAGS = ("null", "bool", "int", "float", "str")


def read_yaml(text: str) -> tuple[dict[str, Any], Lines]:
    """Read YAML.

    Raises
    ------
    FormError
        It is none, or has a tab, a key twice, an alias inside itself, or a tag.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reader = YAML(typ="safe", pure=True)
    try:
        root = reader.compose(text)
    except MarkedYAMLError as e:
        raise _unreadable(text, e) from None
    except YAMLError as e:
        line = text[: getattr(e, "position", 0)].count("\n") + 1
        raise FormError((line, (), f"This is not YAML: {getattr(e, 'reason', e)}.")) from None
    if root is None:
        raise FormError((1, (), "The file is empty. 'immunarium new trial' writes one to edit."))
    tree = _Tree(reader.constructor)
    value = tree.value(root, (), ())
    if tree.found:
        raise FormError(*tree.found)
    if not isinstance(value, dict):
        raise FormError((1, (), "A trial is made of lines 'key: value', such as 'title: …'."))
    return value, tree.lines


def _unreadable(text: str, error: Any) -> FormError:
    tabs = [i for i, line in enumerate(text.split("\n"), start=1) if re.match(r" *\t", line)]
    if tabs:
        why = "A tab. YAML is indented with spaces: put two where the tab is."
        return FormError(*((line, (), why) for line in tabs))
    mark = error.problem_mark or error.context_mark
    why = f"This is not YAML: {error.problem or error.context}."
    return FormError((mark.line + 1 if mark else 1, (), why))


class _Tree:
    """Turns nodes into plain data, and remembers where each stood and what is wrong."""

    def __init__(self, constructor: Any) -> None:
        self.constructor = constructor
        self.lines: Lines = {}
        self.found: list[tuple[int, p.Path, str]] = []
        self.left = _MOST

    def value(self, node: Any, path: p.Path, within: tuple[int, ...]) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.left -= 1
        if self.left < 0:
            raise FormError((line, path, f"More than {_MOST} values. No trial is so long."))
        if id(node) in within:
            return self.wrong(line, path, "This alias stands inside what it repeats: a cycle.")
        within = (*within, id(node))
        kind = type(node).__name__
        tag = str(node.tag or "").removeprefix("tag:yaml.org,2002:")
        if kind == "MappingNode" and tag == "map":
            return self.mapping(node, path, within)
        if kind == "SequenceNode" and tag == "seq":
            return [self.value(x, (*path, i), within) for i, x in enumerate(node.value)]
        if kind != "ScalarNode" or tag not in (*_TAGS, "timestamp", "merge", "value"):
            return self.wrong(line, path, f"The tag {node.tag} is not read. Leave it out.")
        if tag not in _TAGS:
            return str(node.value)
        return self.constructor.construct_object(node)

    def mapping(self, node: Any, path: p.Path, within: tuple[int, ...]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for k, v in node.value:
            line = k.start_mark.line + 1
            if type(k).__name__ != "ScalarNode":
                self.wrong(line, path, "A key is a word, not a list or a table.")
                continue
            key = str(k.value)
            if key in out:
                first = self.lines[(*path, key)]
                self.wrong(line, (*path, key), f"{key!r} stands twice; first on line {first}.")
                continue
            self.lines[(*path, key)] = line
            out[key] = self.value(v, (*path, key), within)
        return out

    def wrong(self, line: int, path: p.Path, why: str) -> None:
        self.found.append((line, path, why))
