"""Reading a file of a trial: every problem in it at once, each in the user's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from immunarium.core import did_you_mean
from immunarium.literature import problems as p
from immunarium.literature.across import across
from immunarium.literature.files import Content, read_file
from immunarium.literature.problems import Problem, StudyError
from immunarium.literature.vocabulary import Known, TrialFile

_KINDS = {
    "string_type": "a text; where it looks like a number, put it in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "model_attributes_type": "a table of keys and values",
}


def read_trial(path: Path) -> TrialFile:
    """Read a file and check every word of it.

    Raises
    ------
    StudyError
        Lists all that is wrong.
    """
    content = read_file(path)
    known = Known.of(path.name, content.values)
    found = list(across(content))
    try:
        file = TrialFile.model_validate(content.values, context=known)
    except ValidationError as e:
        found += _told(content, e.errors(include_url=False))
    else:
        if not found:
            return file
    raise StudyError(found)


def _told(content: Content, errors: list[ErrorDetails]) -> Iterator[Problem]:
    """Each error of the reader as a problem."""
    mistyped: set[p.Path] = set()
    late: list[tuple[p.Path, Problem]] = []
    for error in errors:
        path = _place(content.values, error)
        if error["type"] == "union_tag_invalid":
            path = (*path, "kind")
        if error["type"] == "extra_forbidden":
            near = did_you_mean(str(path[-1]), keys := _keys(path[:-1], content.values))
            mistyped |= {(*path[:-1], key) for key in keys if f"mean {key}" in near}
            yield _problem(content, path, f"Unknown key {path[-1]!r}.{near}")
        elif error["type"] == "missing":
            message = f"{path[-1]!r} is missing{_meaning(path, content.values)}."
            late.append((path, _problem(content, path[:-1], message)))
        else:
            yield _problem(content, path, _message(error))
    yield from (problem for path, problem in late if path not in mistyped)


def _problem(content: Content, path: p.Path, message: str) -> Problem:
    return Problem(content.name, content.line(path), path, message)


def _message(error: ErrorDetails) -> str:
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in _KINDS:
        return f"Found {_short(found)}; this should be {_KINDS[kind]}."
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context["expected_tags"]
        words = re.findall(r"'([^']*)'", expected)
        found = context.get("tag", found)
        return f"Found {_short(found)}.{did_you_mean(str(found), words)}"
    if kind == "union_tag_not_found":
        return "'kind' is missing. Write which design it is."
    if kind == "too_long":
        return f"More than {context['max_length']} items; no trial has so many."
    if kind == "too_short":
        return "The list is empty. Write at least one."
    if kind == "string_too_short":
        return "The text is empty."
    if kind in ("greater_than", "greater_than_equal"):
        least = "above" if kind == "greater_than" else "of at least"
        return f"Found {_short(found)}; write a number {least} {next(iter(context.values())):g}."
    said = error["msg"].removeprefix("Input ").rstrip(".")
    return f"Found {_short(found)}; it {said}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _place(values: Any, error: ErrorDetails) -> p.Path:
    """Path in the file of an error, without the names of variants and the mark of a key."""
    out: list[str | int] = []
    parts = [x for x in error["loc"] if x != "[key]"]
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            if not (last and error["type"] in ("missing", "extra_forbidden")):
                continue
            values = None
        out.append(part)
    return tuple(out)


# ---------------------------------------------------------------- the vocabulary, along a path


def _keys(path: p.Path, values: Any) -> list[str]:
    section = _section(path, values)
    return list(section.model_fields) if section else []


def _meaning(path: p.Path, values: Any) -> str:
    section = _section(path[:-1], values)
    field = section.model_fields.get(str(path[-1])) if section else None
    said = (field.description or "").rstrip(".") if field else ""
    return f" ({said[0].lower()}{said[1:]})" if said else ""


def _section(path: p.Path, values: Any) -> type[BaseModel] | None:
    """Which section of the vocabulary stands at a path."""
    here: type[BaseModel] | None = TrialFile
    for part in path:
        values = values[part]
        if isinstance(part, int) or here is None:
            continue
        field = here.model_fields.get(part)
        here = _chosen(_sections(field.annotation), values) if field else None
    return here


def _chosen(sections: list[type[BaseModel]], values: Any) -> type[BaseModel] | None:
    kind = values.get("kind") if isinstance(values, dict) else None
    for section in sections:
        said = section.model_fields.get("kind")
        if said is None or kind in get_args(said.annotation):
            return section
    return None


def _sections(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (list, Union, UnionType) or hasattr(annotation, "__metadata__"):
        inner: list[list[type[BaseModel]]] = [_sections(a) for a in get_args(annotation)]
        return reduce(list.__add__, inner, [])
    return []
