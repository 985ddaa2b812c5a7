"""How every figure looks: palette, type, and SVG that follows the page into the dark.

A figure is drawn in the light palette. Inlined in a page, each of its colours becomes a CSS
variable, so one drawing serves light, dark and paper.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE = {
    "ink": "#1c2128",
    "muted": "#5b6570",
    "grid": "#dfe3e8",
    "paper": "#fffffe",
    "blue": "#0072b2",
    "orange": "#e69f00",
    "green": "#009e73",
    "sky": "#56b4e9",
    "vermillion": "#d55e00",
    "purple": "#cc79a7",
    "grey": "#9aa3ad",
    "g1": "#fbe3a0",
    "g2": "#f2b447",
    "g3": "#d9692a",
    "g4": "#97282f",
    "g5": "#42103f",
}
"""Okabe and Ito's colours, safe for the colour-blind, and a ramp of grades that darkens."""

INK, MUTED, GRID = PALETTE["ink"], PALETTE["muted"], PALETTE["grid"]
ARMS = tuple(PALETTE[c] for c in ("blue", "orange", "purple", "ink"))
DASHES = ((), (4, 1.5), (1.2, 1.2))
"""A second sign of the arm, in widths of the line: colours may fail, and lines coincide."""
RESPONSES = {
    "CR": PALETTE["green"],
    "PR": PALETTE["sky"],
    "SD": PALETTE["grey"],
    "non-CR/non-PD": PALETTE["grey"],
    "PD": PALETTE["vermillion"],
    "NE": PALETTE["grid"],
}
GRADES = {grade: PALETTE[f"g{grade}"] for grade in range(1, 6)}
ON_GRADE = {1: INK, 2: INK, 3: INK, 4: PALETTE["paper"], 5: PALETTE["paper"]}
"""The colour of a digit written on each grade."""

_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 10.5,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "immunarium",
    "path.simplify_threshold": 0.3,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Hold the house style; use as a context or a decorator.

    A label in a script that the bundled font lacks is left to the reader's browser, so the
    warning about it says nothing.
    """
    with rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        yield


def canvas(width: float, height: float) -> Figure:
    """Make an empty figure; sizes in CSS pixels, so that text keeps its size on the page."""
    figure = Figure(figsize=(width / 72, height / 72), layout="constrained")
    figure.set_facecolor(PALETTE["paper"])
    return figure


def single(width: float = 352, height: float = 236) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes: a panel, three to a row of the page."""
    figure = canvas(width, height)
    return figure, figure.add_subplot()


_STEPS = ((2, 0.5), (5, 1), (10, 2), (98, 7), (200, 28), (400, 56), (1e9, 182))
"""Days of an axis up to which its lines are so many days apart."""


def days(axes: Axes, first: float, last: float) -> None:
    """Make the horizontal axis one of days, with a line a week, or less or more where it must."""
    axes.set(xlabel="day", xlim=(first, last))
    step = next((s for most, s in _STEPS if last - first <= most), _STEPS[-1][1])
    axes.xaxis.set_major_locator(MultipleLocator(step))


def arm_colours(names: Any) -> dict[str, str]:
    """Give each arm its colour, in the order of the study."""
    return dict(zip(names, cycle(ARMS)))


@drawing()
def svg(figure: Figure, key: str, label: str) -> Markup:
    """Return a figure as inline SVG: text as text, palette as CSS variables, ids of its own.

    Parameters
    ----------
    key : str
        Unique on the page; prefixes the ids.
    label : str
        What a screen reader says.
    """
    out = io.StringIO()
    empty = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(out, format="svg", transparent=True, metadata=empty)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<style.*?</style>|\sxmlns(:\w+)?=\"[^\"]*\"", "", text, flags=re.S)
    referenced = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r"<[^>]+>", lambda tag: _tidy(tag[0], key, referenced), text)
    view = re.search(r'viewBox="0 0 ([\d.]+)', text)
    width = f"max-width:{float(view[1]):.0f}px" if view else ""
    opening = f'<svg role="img" aria-label="{escape(label)}" style="{width}"'
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"', lambda _: opening, text, count=1)
    return Markup(re.sub(r"\n\s*", "\n", text))


def variable(colour: str) -> str:
    """Name a palette colour as a page does, light or dark."""
    return _VARIABLES[colour]


_VARIABLES = {code: f"var(--{name})" for name, code in PALETTE.items()}


def _tidy(tag: str, key: str, referenced: set[str]) -> str:
    """Shorten one tag: ids of its own, no machine's font, numbers to a hundredth of a pixel."""

    def identity(found: re.Match[str]) -> str:
        return f' id="{key}-{found[1]}"' if found[1] in referenced else ""

    tag = re.sub(r' id="([\w.-]+)"', identity, tag)
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{key}-', tag).replace("url(#", f"url(#{key}-")
    tag = re.sub(r"#[0-9a-f]{6}", lambda c: _VARIABLES.get(c[0], c[0]), tag)
    tag = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", tag)
    return re.sub(r"-?\d+\.\d{3,}", lambda n: f"{float(n[0]):.2f}".rstrip("0").rstrip("."), tag)
