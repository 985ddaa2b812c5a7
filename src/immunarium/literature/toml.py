"""TOML with line numbers: each statement is read by itself once more, to know what it gave."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from immunarium.literature import problems as p
from immunarium.literature.problems import FormError, Lines

_LONGEST = 1000  # lines of a statement: each is read once for every line it has


def read_toml(text: str) -> tuple[dict[str, Any], Lines]:
    """Read TOML.

    Raises
    ------
    FormError
        It is none; says where.
    """
    try:
        return tomllib.loads(text), _lines(text)
    except tomllib.TOMLDecodeError as e:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(e))
        why, line = (found[1], found[2]) if found else (str(e), None)
        last = text.rstrip().count("\n") + 1
        raise FormError((int(line or last), (), f"This is not TOML: {why}.")) from None


def _lines(text: str) -> Lines:
    lines: Lines = {}
    counts: dict[p.Path, int] = {}
    table: p.Path = ()
    for line, statement in _statements(text):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(content, counts)
            for i in range(len(table)):
                lines.setdefault(table[: i + 1], line)
        else:
            for path in _paths(content):
                lines[(*table, *path)] = line
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with its first line: the fewest lines that are TOML together."""
    kept: list[str] = []
    for line, added in enumerate(text.split("\n"), start=1):
        kept.append(added)
        if len(kept) > _LONGEST:
            return  # what follows is told at the line of what holds it
        statement = "\n".join(kept)
        try:
            content = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if content:
            yield line - len(kept) + 1, statement
        kept = []


def _header(content: Any, counts: dict[p.Path, int]) -> p.Path:
    """Path of a table whose header stands alone, given how many there are of each list so far."""
    path: p.Path = ()
    while content:
        key, content = next(iter(content.items()))
        path = (*path, key)
        if isinstance(content, list):
            counts[path] = counts.get(path, 0) + 1
            content = {}
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _paths(value: Any, path: p.Path = ()) -> Iterator[p.Path]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*path, key))
