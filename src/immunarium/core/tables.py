"""Rows of a table: one line per number, with its unit, spread, evidence and source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from immunarium.core.errors import TableError, did_you_mean

EVIDENCE = ("measured", "label", "fitted", "borrowed", "assumed", "derived")
LAWS = (
    "", "sdlog", "normal", "logit", "uniform", "loguniform", "exponential", "poisson",
    "bernoulli", "beta",
)  # fmt: skip
COLUMNS = ("instance", "path", "name", "value", "unit", "cv", "law", "evidence", "source", "note")
_NEEDED = ("value", "unit", "evidence", "source")


@dataclass(frozen=True)
class Row:
    """One number and where it comes from, as written."""

    instance: str
    name: str
    value: str
    unit: str
    spread: float | None
    law: str
    evidence: str
    source: str
    note: str
    file: str
    line: int

    @property
    def where(self) -> str:
        """File and row, for messages."""
        return f"{self.file}, row {self.line}"

    @property
    def formula(self) -> str | None:
        """The formula, where the value is one."""
        return self.value[1:].strip() if self.value.startswith("=") else None

    @property
    def varied(self) -> bool:
        """Whether patients differ in it."""
        return bool(self.spread) or self.law in ("exponential", "poisson", "bernoulli", "beta")


def read_rows(path: Path) -> list[Row]:
    """Read a table of numbers.

    Parameters
    ----------
    path : Path
        Tab-separated, with a header; columns ``name`` (or ``path``) ``value unit evidence
        source`` and optionally ``instance cv law note``.

    Raises
    ------
    TableError
        A missing file, column, source or evidence, an unknown law, or a value that is no number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise TableError(f"Cannot read the table {path.name}: {e.strerror}.") from e
    lines = text.splitlines()
    if not lines:
        raise TableError(f"{path.name} is empty. Its first line names the columns.")
    head = lines[0].split("\t")
    for column in head:
        if column not in COLUMNS:
            raise TableError(f"{path.name} has a column {column!r}.{did_you_mean(column, COLUMNS)}")
    for column in _NEEDED:
        if column not in head:
            raise TableError(f"{path.name} has no column {column!r}.")
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [_row(path.name, i, dict(r)) for i, r in enumerate(reader, start=2) if any(r.values())]


def cells(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table that holds no parameters, by column, as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _row(file: str, line: int, cells: dict[str | None, str | None]) -> Row:
    c = {k: (v or "").strip() for k, v in cells.items() if k}
    where = f"{file}, row {line}"
    instance, name = c.get("instance", ""), c.get("name", "")
    if c.get("path"):
        instance, _, name = c["path"].rpartition(".")
    if not name or None in cells:
        raise TableError(f"{where} does not have one cell per column; cells are split by tabs.")
    if not c["source"]:
        raise TableError(
            f"{name} has no source ({where}). Write a doi:, pmid: or 'this work' with a note."
        )
    if c["evidence"] not in EVIDENCE:
        raise TableError(
            f"{name} has the evidence {c['evidence']!r} ({where}). "
            f"Use one of {', '.join(EVIDENCE)}."
        )
    law = c.get("law", "")
    if law not in LAWS:
        raise TableError(f"{name} has the law {law!r} ({where}).{did_you_mean(law, LAWS)}")
    formula = c["value"].startswith("=")
    if (c["evidence"] == "derived") and not formula:
        raise TableError(f"{name} is 'derived' but its value is no formula ({where}).")
    if not formula and law != "beta":
        _number(name, c["value"], where)
    spread = _number(name, c["cv"], where) if c.get("cv") else None
    if spread is not None and spread < 0:
        raise TableError(f"{name} has the spread {spread:g} ({where}); it cannot be negative.")
    return Row(
        instance, name, c["value"], c["unit"], spread, law,
        c["evidence"], c["source"], c.get("note", ""), file, line,
    )  # fmt: skip


def _number(name: str, text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise TableError(
            f"{name} has the value {text!r} ({where}). Write a finite number or a formula '= ...'."
        )
    return value
