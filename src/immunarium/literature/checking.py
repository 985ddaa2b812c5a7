"""Whether files can be run, and what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunarium.core import ImmunoError
from immunarium.literature.problems import Problem, StudyError
from immunarium.literature.study import load_study
from immunarium.trial import Trial


@dataclass(frozen=True)
class Checked:
    """What was found in a file.

    Attributes
    ----------
    file : str
        As it was asked for.
    problems : tuple of Problem
        None in a file that can be run.
    trial : Trial or None
        None where there are problems.
    """

    file: str
    problems: tuple[Problem, ...]
    trial: Trial | None

    @property
    def summary(self) -> dict[str, Any]:
        """What the trial is; empty where there is none."""
        if (trial := self.trial) is None:
            return {}
        arms = {a.name: f"{a.n} patients: {a.regimen}" for a in trial.arms}
        return {
            "title": trial.title,
            "disease": trial.disease.name,
            "days": trial.until / 24,
            "arms": arms,
            "design": type(trial.design).__name__.lower() if trial.design else "",
            "visits": len(trial.visits.days) if trial.visits else 0,
            "endpoints": [e.name for e in trial.endpoints],
            "targets": [t.id for t in trial.targets],
        }

    def as_dict(self) -> dict[str, Any]:
        """For editors and scripts."""
        problems = [p.as_dict() for p in self.problems]
        return {"file": self.file, "problems": problems, "trial": self.summary or None}

    def __str__(self) -> str:
        if self.problems:
            return str(StudyError(self.problems))
        lines = [f"{self.file}: nothing is wrong with it."]
        for key, value in self.summary.items():
            if isinstance(value, dict):
                lines += [f"  {key[:-1]} {name}: {said}" for name, said in value.items()]
            elif value:
                said = "; ".join(value) if isinstance(value, list) else value
                lines.append(f"  {key}: {said:g}" if key == "days" else f"  {key}: {said}")
        return "\n".join(lines)


def check(files: Iterable[str | Path]) -> list[Checked]:
    """Look for everything that is wrong with files of trials, or with studies of the library."""
    return [_checked(str(file)) for file in files]


def _checked(file: str) -> Checked:
    try:
        return Checked(file, (), load_study(file))
    except StudyError as e:
        return Checked(file, e.problems, None)
    except ImmunoError as e:
        return Checked(file, (Problem(file, 1, (), str(e)),), None)
