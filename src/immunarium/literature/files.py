"""Files of trials, in TOML or YAML: what they hold, and on which line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunarium.literature import problems as p
from immunarium.literature.problems import FormError, Problem, StudyError
from immunarium.literature.toml import read_toml
from immunarium.literature.yaml import read_yaml

SUFFIXES = (".toml", ".yaml", ".yml")
LARGEST = 1_000_000  # bytes


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    name : str
        Of the file, as it was asked for.
    values : dict
        Tables, lists, texts and numbers.
    lines : mapping of path to int
        Line of each key and item.
    """

    name: str
    values: dict[str, Any]
    lines: Mapping[p.Path, int]

    def line(self, path: p.Path) -> int:
        """Line of a path, or of the nearest that is in the file and holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_file(path: Path) -> Content:
    """Read a file of a trial by its ending, ``.toml``, ``.yaml`` or ``.yml``.

    Raises
    ------
    StudyError
        It cannot be opened, is too large, or is not what its ending says.
    """
    name = str(path)
    text = _text(path)
    try:
        values, lines = (read_toml if path.suffix == ".toml" else read_yaml)(text)
    except FormError as e:
        raise StudyError([Problem(name, *found) for found in e.found]) from None
    except RecursionError:
        raise StudyError([Problem(name, 1, (), "It is nested too deeply.")]) from None
    return Content(name, values, lines)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as e:
        raise _whole(path, f"Cannot read the study: {e.strerror}.") from None
    if len(data) > LARGEST:
        raise _whole(path, f"It is larger than {LARGEST / 1e6:g} MB; no trial is.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        message = "This is not UTF-8. Save the file as UTF-8."
        raise StudyError([Problem(str(path), line, (), message)]) from None


def _whole(path: Path, message: str) -> StudyError:
    return StudyError([Problem(str(path), 1, (), message)])
