"""Pages: templates filled with words; HTML that needs nothing else, or Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from immunarium.report.style import PALETTE
from immunarium.report.text import change

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def html(template: str, words: Mapping[str, Any]) -> str:
    """Return a page as one HTML file, for a screen, paper and a phone."""
    return _environment(autoescape=True).get_template(template).render(words, palette=PALETTE)


def markdown(template: str, words: Mapping[str, Any]) -> str:
    """Return a page as Markdown; every value is made plain text before it is printed."""
    pages = _environment(finalize=plain, keep_trailing_newline=True)
    return pages.get_template(template).render(words)


def plain(value: object) -> str:
    """Take from a text what Markdown would read as more than text; ``| safe`` keeps it."""
    if isinstance(value, Markup):
        return str(value)
    return " ".join(_SIGNS.sub(r"\\\1", str(value)).split())


def _environment(**options: Any) -> Environment:
    made = Environment(
        loader=PackageLoader("immunarium.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    made.filters["change"] = change
    return made
