"""The bibliography: every number this run used and where it comes from, assumed ones first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from immunarium.report.text import number

if TYPE_CHECKING:
    import pandas as pd

_RESOLVERS = {
    "doi": "https://doi.org/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "pmc": "https://pmc.ncbi.nlm.nih.gov/articles/",
}


@dataclass(frozen=True)
class Work:
    """A cited work, and how many numbers came from it."""

    source: str
    url: str
    count: int


@dataclass(frozen=True)
class Number:
    """A number of the model as printed."""

    path: str
    value: str
    unit: str
    source: str
    url: str
    note: str


@dataclass(frozen=True)
class Evidence:
    """The numbers with one kind of evidence."""

    evidence: str
    rows: list[Number]


@dataclass(frozen=True)
class Bibliography:
    """Every number by evidence, weakest first, and the works behind them."""

    note: str
    groups: list[Evidence]
    works: list[Work]


def link(source: str) -> str:
    """Find where a source can be read; empty when it is no identifier.

    Examples
    --------
    >>> link("doi:10.1056/NEJM198512053132327")
    'https://doi.org/10.1056/NEJM198512053132327'
    >>> link("this work")
    ''
    """
    found = re.match(r"(doi|pmid|pmc):\s*([\w./()<>;:-]+)", source.strip(), re.IGNORECASE)
    return _RESOLVERS[found[1].lower()] + found[2].rstrip(".,;:") if found else ""


def bibliography(table: pd.DataFrame) -> Bibliography:
    """Group the rows by evidence, as ordered in the table, and count the works behind them."""
    evidence = table["evidence"]
    cited = table.loc[table["source"] != "this work", "source"].value_counts()
    return Bibliography(
        note=f"{len(table):,} numbers entered this run; {(evidence == 'assumed').sum():,} of them "
        f"are assumed.",
        groups=[
            Evidence(str(kind), [_number(r) for r in table[evidence == kind].to_dict("records")])
            for kind in evidence.unique()
        ],
        works=[Work(str(text), link(str(text)), int(n)) for text, n in cited.items()],
    )


def _number(row: dict[Any, Any]) -> Number:
    value = row["value"]
    return Number(
        path=str(row["path"]),
        value=value if isinstance(value, str) else number(value),
        unit=str(row["unit"]),
        source=str(row["source"]),
        url=link(str(row["source"])),
        note=str(row["note"] or ""),
    )
