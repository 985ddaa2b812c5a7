"""Regimens compared and troughs kept, on a terminal, as a page and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Group
from rich.text import Text

from immunarium import NOTICE
from immunarium.core import ImmunoError
from immunarium.inference.compare import Compared
from immunarium.report import page
from immunarium.report.charts import Charts
from immunarium.report.figures import compared as draw
from immunarium.report.terminal import plain
from immunarium.report.text import number, span

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure
    from rich.console import RenderableType

    from immunarium.inference.trough import Trough

PICTURES = (".png", ".svg")
_HEADS = ("start", "lowest", "on day", "highest", "end", "average", "% of the first (90 %)")
_DOSES = ("doses", "median", "for 90 % of patients", "median per 28 d", "need none", "kept there")
SAME = "The same virtual patients under every regimen; medians over patients."
ALIVE = "Some die: 'end' is of those alive at the end, and averages are over the time each lived."


def check_report(path: Path) -> None:
    """Refuse a report of another kind before the work.

    Raises
    ------
    ImmunoError
        Its name does not end in .html, .png or .svg.
    """
    if path.suffix.lower() not in (".html", *PICTURES):
        raise ImmunoError(
            f"A report is .html (the page), or .png or .svg (its picture), not {path.name!r}. "
            f"Write --report {path.stem}.html"
        )


def write(result: Compared | Trough, command: str, path: Path) -> None:
    """Write the page, or its picture where the name ends in ``.png`` or ``.svg``."""
    figures = _figures(result)
    if path.suffix.lower() in PICTURES:
        figures[0][0].savefig(path, dpi=100)
        return
    chart = Charts()
    title, answer, tables = _words(result)
    words = dict(
        title=title, lead="", answer=answer, command=command, notice=NOTICE, tables=tables,
        figures=[chart(figure, shows) for figure, shows in figures],
        banded=len(getattr(result, "regimens", ())) <= draw.BANDS,
        regimens=list(getattr(result, "regimens", {}).items()), manifest=_manifest(result),
    )  # fmt: skip
    path.write_text(page.html("compared.html.j2", words), encoding="utf-8")


def summary(result: Compared | Trough) -> RenderableType:
    """Show the table of a comparison, or of the doses that keep a trough."""
    title, answer, tables = _words(result)
    parts: list[RenderableType] = [Text(title, "bold")]
    for table in tables:
        shown = plain(*table["columns"], right=range(1, len(table["columns"])))
        for row in table["rows"]:
            shown.add_row(*row)
        parts += ["", Text(table["title"], "bold"), shown]
    parts += ["", Text(answer, "dim")]
    return Group(*parts)


def _figures(result: Compared | Trough) -> list[tuple[Figure, str]]:
    if isinstance(result, Compared):
        return [(draw.compared(result), "Courses under each regimen, median and middle half")]
    return [
        (draw.troughs(result), f"Trough of {result.path} over the dose, by interval"),
        (draw.needed(result), "Share of patients whom a dose keeps at the level, by interval"),
    ]


def _words(result: Compared | Trough) -> tuple[str, str, list[dict[str, Any]]]:
    """Title, what there is to know, and the tables."""
    if isinstance(result, Compared):
        dead = ALIVE if (result.table["alive"] < 100).any() else ""
        answer = " ".join(filter(None, (result.note, SAME, dead, _lost(result.failed))))
        return result.title, answer, [_looks(result, q) for q in result.table["quantity"].unique()]
    dose, level = result.dose.replace("?", "…"), f"{number(result.level)} {result.unit}"
    title = f"{dose}: the dose that keeps {draw.named(result.path)} at {level}"
    answer = (
        f"The trough is read before the next dose, after the number of doses in the table. "
        f"Nothing, and {number(result.tried[1])} to {number(result.tried[-1])} "
        f"{result.amount_unit} were tried in the same {result.patients} virtual patients of "
        f"{result.disease}. Who is at the level untreated needs none, and counts in medians."
    )
    return title, answer, [_intervals(result)]


def _looks(result: Compared, quantity: str) -> dict[str, Any]:
    mine = result.table[result.table["quantity"] == quantity]
    unit = str(mine["unit"].iloc[0])
    rows = []
    for row in mine.to_dict("records"):
        whole = span((row["of_first_low"], row["of_first_high"]))
        share = "–" if pd.isna(row["of_first"]) else f"{number(row['of_first'])} ({whole})"
        names = ("start", "lowest", "day of lowest", "highest", "end", "average")
        told = ["–" if pd.isna(row[n]) else number(row[n]) for n in names]
        rows.append([row["regimen"], *told, share, f"{row['alive']:.0f}"])
    title = quantity if unit == "1" else f"{quantity}, {unit}"
    columns = ["regimen", *_HEADS, "% alive at the end"]
    if (result.table["alive"] == 100).all():
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return {"title": title, "columns": columns, "rows": rows}


def _intervals(result: Trough) -> dict[str, Any]:
    rows = [
        [
            f"every {interval}", str(int(row["doses"])), _dose(row["median"]),
            _dose(row["for_90_percent"]), _dose(row["median_per_28_d"]),
            f"{100 * row['none']:.0f} %", f"{100 * row['kept']:.0f} %",
        ]
        for interval, row in result.table.iterrows()
    ]  # fmt: skip
    return {"title": f"Dose, {result.amount_unit}", "columns": ["interval", *_DOSES], "rows": rows}


def _dose(amount: float) -> str:
    return number(amount) if amount < float("inf") else "more than was tried"


def _lost(failed: int) -> str:
    return f"{failed} patients could not be followed under every regimen." if failed else ""


def _manifest(result: Compared | Trough) -> dict[str, Any]:
    keys = ("disease", "patients", "seed", "days")
    return {k: getattr(result, k) for k in keys if hasattr(result, k)}
