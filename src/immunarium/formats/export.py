"""One of three formats, as asked."""

from __future__ import annotations

from pathlib import Path

from immunarium.core import ImmunoError, UnknownNameError, did_you_mean
from immunarium.formats.antimony import to_antimony
from immunarium.formats.course import Course
from immunarium.formats.omex import write_omex
from immunarium.formats.sbml import to_sbml

FORMATS = ("sbml", "antimony", "omex")
DAYS = 30.0  # of the simulation in an archive, where nothing else is asked


def check(form: str, path: Path | None, days: float | None) -> None:
    """Refuse what cannot be written, before the work.

    Raises
    ------
    ImmunoError
        An unknown format, a file that exists, an archive without a file, or days where a format
        has none.
    """
    if form not in FORMATS:
        raise UnknownNameError(f"There is no format {form!r}.{did_you_mean(form, FORMATS)}")
    if path is not None and path.exists():
        raise ImmunoError(f"{path} exists already. Name a new file, or remove it first.")
    if form == "omex" and path is None:
        raise ImmunoError("An archive is no text to print. Name a file for it: --out course.omex")
    if form != "omex" and days is not None:
        raise ImmunoError(
            f"{form} holds a model and no length of its simulation. Leave out --days, or write "
            f"--format omex."
        )


def as_text(course: Course, form: str) -> str:
    """Write a course as ``sbml`` or ``antimony``."""
    sbml = to_sbml(course)
    return to_antimony(sbml) if form == "antimony" else sbml


def write(course: Course, form: str, path: Path, days: float | None = None) -> None:
    """Write a course to a file; ``days`` is how long the simulation in an archive runs."""
    if form == "omex":
        write_omex(course, to_sbml(course), DAYS if days is None else days, path)
    else:
        path.write_text(as_text(course, form), encoding="utf-8")
