"""YAML, read safely, with line numbers: plain data, each key once, no cycle and no bomb.

Made of the parser's events, so that nothing is built that was not looked at. Words are read as
YAML 1.2 has them: ``no`` is a text, ``012`` a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from immunarium.literature import problems as p
from immunarium.literature.problems import FormError, Lines

MOST, DEEPEST = 100_000, 20  # values, aliases written out; levels
_INT = re.compile(r"[-+]?\d{1,300}")
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read_yaml(text: str) -> tuple[dict[str, Any], Lines]:
    """Read YAML.

    Raises
    ------
    FormError
        It is none, or has a tab, a key twice, an alias inside itself, or a tag.
    """
    import yaml

    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    tree = _Tree()
    try:
        for event in yaml.parse(text, Loader=loader):
            tree.take(type(event).__name__.removesuffix("Event"), event)
    except yaml.YAMLError as e:
        raise _unreadable(text, e) from None
    if tree.found:
        raise FormError(*tree.found)
    if not tree.root:
        raise FormError((1, (), "The file is empty. 'immunarium new trial' writes one to edit."))
    if len(tree.root) > 1:
        raise FormError((1, (), "It holds more than one document. Leave the line '---' out."))
    if not isinstance(tree.root[0], dict):
        raise FormError((1, (), "A trial is made of lines 'key: value', such as 'title: …'."))
    return tree.root[0], tree.lines


def _unreadable(text: str, error: Any) -> FormError:
    tabs = [i for i, line in enumerate(text.split("\n"), start=1) if re.match(r" *\t", line)]
    if tabs:
        why = "A tab. YAML is indented with spaces: put two where the tab is."
        return FormError(*((line, (), why) for line in tabs))
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", 0) or 0
    line = min(mark.line, text.count("\n")) if mark else text[:position].count("\n")
    why = getattr(error, "problem", "") or getattr(error, "reason", "") or "it cannot be read"
    if why.startswith("mapping values"):  # a second colon, or a line that is indented too far
        why = (
            "a second ': ' that stands in no table. Put a text with ': ' in quotes, or let the "
            "keys of one table begin in the same column"
        )
    return FormError((line + 1, (), f"This is not YAML: {why}."))


@dataclass
class _Open:
    """A list or table that has begun."""

    value: Any
    path: p.Path
    anchor: str | None
    key: str | None = None
    skips: bool = False
    """Whether the next value is dropped, because its key is."""


@dataclass
class _Tree:
    """Plain data, made of events; remembers where each stood and what is wrong."""

    root: list[Any] = field(default_factory=list)
    lines: Lines = field(default_factory=dict)
    found: list[tuple[int, p.Path, str]] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def take(self, kind: str, event: Any) -> None:
        """Take the next event."""
        line = event.start_mark.line + 1
        if kind in ("MappingEnd", "SequenceEnd"):
            closed = self.stack.pop()
            if closed.anchor:
                self.anchors[closed.anchor] = closed.value
        elif kind == "Alias":
            self.put(self.alias(event.anchor, line), line, is_scalar=False)
        elif kind in ("Scalar", "MappingStart", "SequenceStart"):
            self.begin(kind, event, line)

    def begin(self, kind: str, event: Any, line: int) -> None:
        """Put a value where it belongs; a list or table is filled by the events that follow."""
        value = self.scalar(event) if kind == "Scalar" else {} if kind == "MappingStart" else []
        if event.tag not in (None, "!"):
            self.wrong(line, f"The tag {event.tag} is not read. Leave it out.")
        path = self.put(value, line, is_scalar=kind == "Scalar")
        if kind != "Scalar":
            if len(self.stack) >= DEEPEST:
                raise FormError((line, (), "It is nested too deeply."))
            self.stack.append(_Open(value, path, event.anchor))
        elif event.anchor:
            self.anchors[event.anchor] = value

    def put(self, value: Any, line: int, *, is_scalar: bool) -> p.Path:
        """Add a value to what is open: as a key, after a key, to a list, or as the root."""
        self.count += 1
        if self.count > MOST:
            raise FormError((line, (), f"More than {MOST} values. No trial is so long."))
        if not self.stack:
            self.root.append(value)
            return ()
        here = self.stack[-1]
        if isinstance(here.value, list):
            path = (*here.path, len(here.value))
            here.value.append(value)
            self.lines.setdefault(path, line)
            return path
        if here.key is None:
            self.key(here, value if is_scalar else "?", line, is_scalar)
            return here.path
        path, here.key = (*here.path, here.key), None
        if not here.skips:
            here.value[path[-1]] = value
        return path

    def scalar(self, event: Any) -> Any:
        """Read a word; a key is a text, whatever it looks like."""
        here = self.stack[-1] if self.stack else None
        is_key = here is not None and isinstance(here.value, dict) and here.key is None
        return event.value if is_key else _scalar(event)

    def key(self, here: _Open, key: str, line: int, is_scalar: bool) -> None:
        """Begin an entry of a table."""
        here.key, here.skips = key, True
        path = (*here.path, key)
        if not is_scalar:
            self.wrong(line, "A key is a word, not a list, a table or an alias.")
        elif key in here.value:
            self.found.append(
                (line, path, f"{key!r} stands twice; first on line {self.lines[path]}.")
            )
        else:
            here.skips = False
            self.lines.setdefault(path, line)

    def alias(self, name: str, line: int) -> Any:
        """What an alias stands for."""
        if any(o.anchor == name for o in self.stack):
            self.wrong(line, f"The alias *{name} stands inside what it repeats: a cycle.")
            return None
        if name not in self.anchors:
            self.wrong(line, f"Nothing before has the anchor &{name}.")
            return None
        value = self.anchors[name]
        self.count += _size(value, MOST - self.count)
        return value

    def wrong(self, line: int, why: str) -> None:
        """Note a mistake in what is open."""
        self.found.append((line, self.stack[-1].path if self.stack else (), why))


def _scalar(event: Any) -> Any:
    """Read a word as YAML 1.2 does; one in quotes is a text."""
    word = event.value
    if not event.implicit[0]:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return int(word)
    return float(word) if _FLOAT.fullmatch(word) else word


def _size(value: Any, most: int) -> int:
    """How many values a value holds, as far as it matters."""
    count, left = 0, [value]
    while left and count <= most:
        here = left.pop()
        count += 1
        if isinstance(here, dict | list):
            left.extend(here.values() if isinstance(here, dict) else here)
    return count
