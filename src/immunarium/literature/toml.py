"""Study files read strictly: a key that nobody asks for is an error, with a suggestion."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from immunarium.core import ImmunoError, did_you_mean

T = TypeVar("T")
_KINDS = {str: "text", float: "a number", int: "a whole number", list: "a list", dict: "a table"}


class StudyError(ImmunoError):
    """A study file that cannot be read."""


class Section:
    """One table of a study file; every key must be taken before it is closed."""

    def __init__(self, content: dict[str, Any], where: str) -> None:
        self.content, self.where = dict(content), where
        self.asked: list[str] = []

    def take(self, key: str, kind: type[T]) -> T:
        """Return the value of a key that must be there.

        Raises
        ------
        StudyError
            It is missing, or of another kind.
        """
        value = self.get(key, kind)
        if value is None:
            raise StudyError(f"{self.where} has no {key!r}. Add {key} = {_KINDS[kind]}.")
        return value

    def get(self, key: str, kind: type[T]) -> T | None:
        """Return the value of a key, or None."""
        self.asked.append(key)
        value: Any = self.content.pop(key, None)
        if kind is float and type(value) is int:
            value = float(value)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise StudyError(f"{self.where}: {key} = {value!r} should be {_KINDS[kind]}.")
        return value

    def text(self, key: str) -> str:
        """Return a text, empty where there is none."""
        return self.get(key, str) or ""

    def section(self, key: str) -> Section | None:
        """Return the table under a key, or None."""
        content = self.get(key, dict)
        return None if content is None else Section(content, f"{self.where} [{key}]")

    def sections(self, key: str) -> Iterator[Section]:
        """Each table of a list of tables, none where there is none."""
        for i, content in enumerate(self.get(key, list) or [], start=1):
            if not isinstance(content, dict):
                raise StudyError(f"{self.where}: {key} should be tables, written [[{key}]].")
            yield Section(content, f"{self.where} [[{key}]] {i}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where there is none."""
        values = self.get(key, list) or []
        if not all(isinstance(v, str) for v in values):
            raise StudyError(f"{self.where}: {key} should be a list of texts.")
        return tuple(values)

    def numbers(self, key: str) -> dict[str, float]:
        """Return a table of numbers, empty where there is none."""
        values = self.get(key, dict) or {}
        if not all(isinstance(v, int | float) and v >= 0 for v in values.values()):
            raise StudyError(f"{self.where}: {key} should be a table of numbers, none negative.")
        return {str(k): float(v) for k, v in values.items()}

    def pair(self, key: str) -> tuple[float, float] | None:
        """Return two numbers in order, or None."""
        values = self.get(key, list)
        if values is None:
            return None
        if len(values) != 2 or not all(isinstance(v, int | float) for v in values):
            raise StudyError(f"{self.where}: {key} should be two numbers, [low, high].")
        if not values[0] < values[1]:
            raise StudyError(f"{self.where}: {key} = {values} should rise.")
        return float(values[0]), float(values[1])

    def close(self) -> None:
        """Refuse what nobody asked for.

        Raises
        ------
        StudyError
            Names the key, and the nearest that exist.
        """
        for key in self.content:
            raise StudyError(f"{self.where}: unknown key {key!r}.{did_you_mean(key, self.asked)}")


def read_toml(path: Path) -> Section:
    """Read a study file.

    Raises
    ------
    StudyError
        It cannot be opened, or is not TOML.
    """
    try:
        return Section(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except OSError as e:
        raise StudyError(f"Cannot read the study {path.name}: {e.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise StudyError(f"{path.name} is not TOML: {e}") from None
