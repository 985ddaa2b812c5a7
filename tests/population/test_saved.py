"""Saved patients open in R and Excel, and come back to the last digit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from immunarium.core import Disease
from immunarium.population import Marginal, Population, PopulationError, fit_weights

ENDINGS = ("csv", "parquet")


@pytest.fixture(scope="module")
def patients(person: Disease) -> Population:
    return Population.sample(person, 60, 7)


def numbers(patients: Population) -> bytes:
    return patients.table.drop(columns="histology").to_numpy(np.float64).tobytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_patients_come_back_bit_by_bit(
    person: Disease, patients: Population, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"patients.{ending}"
    patients.save(file)
    back = Population.load(file, person)
    assert numbers(back) == numbers(patients)
    assert back.table.equals(patients.table)
    assert (back.seed, back.refused, back.reasons) == (7, patients.refused, patients.reasons)
    assert back.parameters().tobytes() == patients.parameters().tobytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_seed_writes_the_same_bytes(person: Disease, tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        Population.sample(person, 30, 7).save(tmp_path / f"{name}.{ending}")
    Population.sample(person, 30, 8).save(tmp_path / f"c.{ending}")
    for of in (ending, "columns.csv", "json"):
        a, b, c = ((tmp_path / f"{name}.{of}").read_bytes() for name in "abc")
        assert a == b
        assert (a != c) == (of != "columns.csv")


def test_a_plain_reader_finds_patients_units_sources_and_the_seed(
    patients: Population, tmp_path: Path
) -> None:
    patients.save(tmp_path / "patients.csv")
    table = pd.read_csv(tmp_path / "patients.csv")
    about = pd.read_csv(tmp_path / "patients.columns.csv").set_index("column")
    assert list(table)[:2] == ["patient", "histology"]
    assert list(about.index) == list(table)
    assert about.loc["person.age", "unit"] == "year"
    assert about.loc["person.age", "source"] == "x"
    manifest = json.loads((tmp_path / "patients.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert manifest["disease"] == "test"
    assert {"immunarium", "numpy", "python"} <= set(manifest)


def test_weights_are_the_last_column_and_stay_out_of_the_patients(
    person: Disease, patients: Population, tmp_path: Path
) -> None:
    weights = fit_weights(patients.values(AGE), AGE)
    patients.save(tmp_path / "patients.csv", weights)
    table = pd.read_csv(tmp_path / "patients.csv", float_precision="round_trip")
    assert list(table)[-1] == "weight"
    assert (table["weight"] == weights.values).all()  # noqa: PD011
    assert Population.load(tmp_path / "patients.csv", person).table.equals(patients.table)


AGE = [Marginal("person.age", "x", "year", mean=58, sd=11)]


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("person.age", "person.agee", "has a column 'person.agee'.* Did you mean person.age"),
        ("old", "olde", "histology 'olde'.* Did you mean old"),
    ],
)
def test_an_edited_table_is_refused_where_it_differs(
    person: Disease, patients: Population, tmp_path: Path, old: str, new: str, saying: str
) -> None:
    file = tmp_path / "patients.csv"
    patients.save(file)
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(PopulationError, match=saying):
        Population.load(file, person)


def test_a_cell_that_is_no_number_is_refused_with_its_patient(
    person: Disease, patients: Population, tmp_path: Path
) -> None:
    file = tmp_path / "patients.csv"
    patients.save(file)
    table = pd.read_csv(file).astype(object)
    table.loc[3, "person.beta"] = "high"
    table.to_csv(file, index=False)
    who = patients.table.index[3]
    with pytest.raises(PopulationError, match=f"person.beta of patient {who} is 'high'"):
        Population.load(file, person)


def test_patients_of_another_disease_or_version_are_refused(
    make: Callable[..., Disease], patients: Population, tmp_path: Path
) -> None:
    file = tmp_path / "patients.parquet"
    patients.save(file)
    with pytest.raises(PopulationError, match=r"no column 'person.height'.*another version"):
        Population.load(file, make(taller=True))
    manifest = tmp_path / "patients.json"
    manifest.write_text(manifest.read_text().replace('"test"', '"flu"'))
    with pytest.raises(PopulationError, match="have flu, not test"):
        Population.load(file, make())


@pytest.mark.parametrize(
    ("name", "saying"),
    [
        ("patients.xlsx", "Write patients.csv"),
        ("nowhere/patients.csv", "no folder"),
        ("there.csv", "is a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(
    patients: Population, tmp_path: Path, name: str, saying: str
) -> None:
    (tmp_path / "there.csv").mkdir()
    with pytest.raises(PopulationError, match=saying):
        patients.save(tmp_path / name)


@pytest.mark.parametrize("missing", ["patients.csv", "patients.json"])
def test_a_missing_file_is_named(
    person: Disease, patients: Population, tmp_path: Path, missing: str
) -> None:
    patients.save(tmp_path / "patients.csv")
    (tmp_path / missing).unlink()
    with pytest.raises(PopulationError, match=f"There is no {missing}"):
        Population.load(tmp_path / "patients.csv", person)
