"""The report as Markdown: what a version control, a wiki or a printer of papers can take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from immunarium.report.contents import contents
from immunarium.report.text import change

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def environment() -> Environment:
    """Return templates whose every value is made plain text before it is printed."""
    made = Environment(
        loader=PackageLoader("immunarium.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
        keep_trailing_newline=True,
    )
    made.filters["change"] = change
    return made


def plain(value: object) -> str:
    """Take from a text what Markdown would read as more than text; ``| safe`` keeps it."""
    if isinstance(value, Markup):
        return str(value)
    return " ".join(_SIGNS.sub(r"\\\1", str(value)).split())


def write_report(result: TrialResult, path: Path) -> None:
    """Write the report of a trial."""
    path.write_text(render(result), encoding="utf-8")


def render(result: TrialResult) -> str:
    """Return the report of a trial as text."""
    words = contents(result, "report.md")
    return environment().get_template("report.md.j2").render(words)
