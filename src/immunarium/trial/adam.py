"""Tables of a trial in the shape of CDISC ADaM: ADSL, ADTTE, ADRS, ADAE, ADLB, ADQS.

There are no dates: the first dose is on study day 1. A patient of the pool is a subject in every
arm, with the same SUBJID and another USUBJID. Patients whose run failed are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from immunarium.core import ImmunoError
from immunarium.core.tables import cells
from immunarium.trial.subjects import ArmTables, Subjects

_TABLE = Path(__file__).with_name("adam.tsv")
KEYS = {
    "ADSL": ("USUBJID",),
    "ADTTE": ("USUBJID", "PARAMCD"),
    "ADRS": ("USUBJID", "PARAMCD", "AVISITN"),
    "ADAE": ("USUBJID", "AESEQ"),
    "ADLB": ("USUBJID", "PARAMCD", "AVISITN"),
    "ADQS": ("USUBJID", "PARAMCD", "AVISITN"),
}
SPREADSHEET = 2**20  # rows


@lru_cache
def variables() -> pd.DataFrame:
    """Every variable: table, variable, label, unit."""
    return pd.DataFrame(cells(_TABLE))


def tables(
    study: str,
    arms: Iterable[Subjects],
    times: pd.DataFrame,
    *,
    until: float,
    covariates: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Put a trial's results in the shape of ADaM.

    Parameters
    ----------
    times : DataFrame
        ``EndpointResults.times``.
    until : float
        Hours of follow-up.
    covariates : DataFrame, optional
        Row: patient; columns by path, as ``Population.table``.

    Returns
    -------
    dict of str to DataFrame
        ``ADSL ADTTE ADRS ADAE ADLB ADQS``; one without rows has its columns all the same.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in KEYS}
    codes = _short(times["endpoint"].unique())
    for arm in arms:
        one = ArmTables(study, arm, until / 24)
        mine = times[times["arm"] == arm.name]
        parts["ADSL"].append(one.subjects(covariates))
        parts["ADTTE"].append(one.times(mine, codes))
        parts["ADRS"].append(one.responses())
        parts["ADAE"].append(one.events())
        parts["ADLB"].append(one.labs())
        parts["ADQS"].append(one.scores())
    return {name: _finished(name, found) for name, found in parts.items()}


def write(found: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write tables as Parquet and as CSV, and ``define.csv`` with labels and units.

    Same tables, same bytes. A table of more rows than a spreadsheet opens is in Parquet only.

    Raises
    ------
    ImmunoError
        The folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    out: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in found.items():
            arrow = pa.Table.from_pandas(table, preserve_index=False)
            arrow = arrow.cast(_described(arrow.schema, name)).replace_schema_metadata(None)
            pq.write_table(arrow, folder / f"{name.lower()}.parquet", compression="zstd")
            out.append(folder / f"{name.lower()}.parquet")
            if len(table) < SPREADSHEET:
                table.to_csv(folder / f"{name.lower()}.csv", index=False, lineterminator="\n")
                out.append(folder / f"{name.lower()}.csv")
        variables().to_csv(folder / "define.csv", index=False, lineterminator="\n")
    except OSError as e:
        raise ImmunoError(
            f"Cannot write the tables to {folder}: {e.strerror}. Give a folder that can be written."
        ) from None
    return [*out, folder / "define.csv"]


def _described(schema: Any, name: str) -> Any:
    """Give each field its label and unit."""
    import pyarrow as pa

    rows = variables()
    rows = rows[rows["table"] == name].set_index("variable")[["label", "unit"]]
    told = rows.to_dict("index")
    return pa.schema([field.with_metadata(told[field.name]) for field in schema])


def _finished(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Join the arms, put the variables in order, and see that the keys are unique."""
    order = variables().query("table == @name")["variable"].tolist()
    full = [p for p in parts if len(p)]
    if not full:
        return pd.DataFrame(columns=pd.Index(order))
    table = pd.concat(full, ignore_index=True)
    table = table[[v for v in order if v in table]]
    keys = list(KEYS[name])
    if table.duplicated(keys).any():
        raise ImmunoError(f"{name} has two rows with the same {', '.join(keys)}.")
    return table


def _short(names: Iterable[str]) -> dict[str, str]:
    """Return codes of at most eight letters: initials of several words, or the word's beginning."""
    out: dict[str, str] = {}
    for name in names:
        words = re.findall(r"[A-Za-z0-9]+", name)
        code = "".join(w[0] for w in words) if len(words) > 1 else "".join(words)
        code = base = code[:8].upper() or "TTE"
        number = 2
        while code in out.values():
            code, number = f"{base[:7]}{number}", number + 1
        out[name] = code
    return out
