"""The report of a trial as Markdown: what a version control or a wiki can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from immunarium.report import page
from immunarium.report.contents import contents

if TYPE_CHECKING:
    from immunarium.trial.result import TrialResult


def render(result: TrialResult) -> str:
    """Return the page as text."""
    return page.markdown("report.md.j2", contents(result, "report.md"))
