"""What is wrong with a file: every problem, with its place and its mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from immunarium.core import ImmunoError

Path = tuple[str | int, ...]
Lines = dict[Path, int]
_MOST = 100


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Attributes
    ----------
    file : str
        Its name.
    line : int
        Counted from 1.
    path : tuple of str and int
        Where in the file, like ``("arm", 1, "regimen")``; the second arm.
    message : str
        What was found, what was wanted and what to write.
    """

    file: str
    line: int
    path: Path
    message: str

    @property
    def where(self) -> str:
        """The path in words, like ``arm 2, regimen``."""
        words: list[str] = []
        for part in self.path:
            if isinstance(part, int) and words:
                words[-1] += f" {part + 1}"
            else:
                words.append(str(part))
        return ", ".join(words)

    def as_dict(self) -> dict[str, object]:
        """For editors: ``file line path message``."""
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)
        return {
            "file": self.file,
            "line": self.line,
            "path": path.lstrip("."),
            "message": self.message,
        }

    def __str__(self) -> str:
        where = f"{self.where}: " if self.path else ""
        text = f"{self.file}:{self.line}: {where}{self.message}"
        return text.replace("\n", "\n    ")


class StudyError(ImmunoError):
    """A file that is no trial. Lists every problem, by line.

    Attributes
    ----------
    problems : tuple of Problem
        At least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.line))
        lines = [str(p) for p in self.problems[:_MOST]]
        if more := len(self.problems) - _MOST:
            lines += [f"… and {more} more."] * (more > 0)
        super().__init__("\n".join(lines))


class FormError(ValueError):
    """Text that is no TOML or no YAML: its places and reasons."""

    def __init__(self, *found: tuple[int, Path, str]) -> None:
        self.found = found
        super().__init__("; ".join(message for _, _, message in found))
