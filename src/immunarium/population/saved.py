"""Patients as one table that R and Excel open, with its units, sources, seed and versions."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from immunarium.core import Model, did_you_mean
from immunarium.parameters import Tables, declared_units
from immunarium.population.layers import PopulationError
from immunarium.population.weights import Weights

ENDINGS = (".csv", ".parquet")
PATIENT, WEIGHT = "patient", "weight"
_ABOUT = ("column", "unit", "meaning", "evidence", "source", "note")


def check_place(path: Path) -> None:
    """Refuse a file that cannot be written, before the work.

    Raises
    ------
    PopulationError
        Its name has another ending, it is a folder, or its folder does not exist.
    """
    if path.suffix.lower() not in ENDINGS:
        raise PopulationError(
            f"Patients are saved as .csv or .parquet, not {path.name!r}. Write {path.stem}.csv"
        )
    if path.is_dir():
        raise PopulationError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise PopulationError(f"There is no folder {path.parent} to write {path.name} in.")


def write(
    path: Path,
    table: pd.DataFrame,
    columns: pd.DataFrame,
    manifest: Mapping[str, Any],
    weights: Weights | None,
) -> None:
    """Write patients, what their columns are, and where they come from: three files."""
    check_place(path)
    whole = table.rename_axis(PATIENT).reset_index()
    if weights is not None:
        whole[WEIGHT] = weights.values  # noqa: PD011
        row = dict.fromkeys(_ABOUT, "") | {"column": WEIGHT, "unit": "1", "meaning": "sums to 1"}
        columns = pd.concat([columns, pd.DataFrame([row])], ignore_index=True)
        manifest = {**manifest, "effective sample size": weights.ess}
    try:
        if path.suffix.lower() == ".csv":
            whole.to_csv(path, index=False, lineterminator="\n")
        else:
            whole.to_parquet(path, index=False, engine="pyarrow")
        columns.to_csv(_beside(path, ".columns.csv"), index=False, lineterminator="\n")
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        _beside(path, ".json").write_text(text, encoding="utf-8", newline="\n")
    except OSError as e:
        raise PopulationError(f"Cannot write {path}: {e.strerror or e}.") from None


def read(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read patients and where they come from.

    Raises
    ------
    PopulationError
        One of the files is missing or is no such file.
    """
    manifest = _beside(path, ".json")
    try:
        about = json.loads(manifest.read_text(encoding="utf-8"))
        if path.suffix.lower() == ".csv":
            table = pd.read_csv(path, float_precision="round_trip", dtype={"histology": object})
        else:
            table = pd.read_parquet(path, engine="pyarrow")
    except FileNotFoundError as e:
        missing = Path(e.filename or path).name
        raise PopulationError(
            f"There is no {missing}. Patients that were saved are a table and, beside it, "
            f"{manifest.name}."
        ) from None
    except (OSError, ValueError) as e:
        raise PopulationError(f"Cannot read the patients in {path.name}: {e}.") from None
    if PATIENT not in table:
        raise PopulationError(f"{path.name} has no column {PATIENT!r}.")
    table = table.drop(columns=WEIGHT, errors="ignore").set_index(PATIENT).rename_axis(None)
    return table, about


def checked(table: pd.DataFrame, tables: Mapping[str, Tables], name: str) -> pd.DataFrame:
    """Return a table in the order of a model's own, every cell a number.

    Raises
    ------
    PopulationError
        A column is missing, unknown or holds what is no number; an unknown histology.
    """
    own = ["histology", *next(iter(tables.values()))]
    for column in table.columns:
        if column not in own:
            near = did_you_mean(str(column), own)
            raise PopulationError(
                f"{name} has a column {column!r}, which this model has not.{near}"
            )
    for column in own:
        if column not in table:
            raise PopulationError(
                f"{name} has no column {column!r}: it was saved by another version of the model, "
                f"or edited. Draw the patients again with its seed."
            )
    table["histology"] = table["histology"].fillna("").astype(object)
    unknown = sorted(set(table["histology"]) - set(tables))
    if unknown:
        raise PopulationError(
            f"{name} has the histology {unknown[0]!r}.{did_you_mean(unknown[0], tables)}"
        )
    for column in own[1:]:
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise PopulationError(
                f"{name}: {column} of patient {table.index[row]} is {table[column].iloc[row]!r}, "
                f"which is no number."
            )
    return table[own].astype(dict.fromkeys(own[1:], np.float64))


def about_columns(model: Model, tables: Mapping[str, Tables]) -> pd.DataFrame:
    """Return unit, meaning, evidence and source of every column."""
    units = declared_units(model)
    refs = {**model.parameters, **model.species, **model.covariates}
    rows: list[tuple[str, ...]] = [
        (PATIENT, "1", "number of the draw", "", "", ""),
        ("histology", "", "subtype of the disease", "", "", ""),
    ]
    for path in next(iter(tables.values())):
        sources = [numbers[path].row for numbers in tables.values()]
        said = [
            "; ".join(dict.fromkeys(filter(None, (getattr(row, x) for row in sources))))
            for x in ("evidence", "source", "note")
        ]
        rows.append((path, units[path], refs[path].thing.doc, *said))
    return pd.DataFrame(rows, columns=_ABOUT)


def versions() -> dict[str, str]:
    """Return the versions that the bytes depend on."""
    return {
        "immunarium": version("immunarium"),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.stem + ending)
