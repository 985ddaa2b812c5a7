"""The command prints who was drawn, who was refused and how the weights fit, and saves them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from immunarium import cli, registry
from immunarium.population import Population

STUDY = """
title: A trial
disease: metastatic_cancer
until: 30 d
population:
  n: 20
  eligible: ["patient.age < 65 year"]
  correlated:
    - {of: [kidney.GFR_rest, patient.performance_status], rho: 0.4, source: this work}
  match:
    - {of: patient.age, mean: 46, sd: 9, unit: year, source: "doi:10.1000/xyz"}
arm:
  - {name: il2, regimen: "aldesleukin 720000 IU/kg IV over 15 min q8h x 14"}
"""


def population(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["population", *words])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    file = tmp_path / "study.yaml"
    file.write_text(STUDY.replace("patient.performance_status", "il2.CL"), encoding="utf-8")
    return file


def test_patients_of_a_disease_are_shown_and_saved(tmp_path: Path) -> None:
    out = tmp_path / "patients.csv"
    result = population("metastatic_cancer", "--patients", "60", "--seed", "3", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    drawn = Population.sample(registry.disease("metastatic_cancer"), 60, 3)
    assert f"60 patients of {60 + drawn.refused} draws, seed 3" in result.stdout
    for shown in ("patient.age", "patient.performance_status", "kidney.GFR_rest", "5 – 95 %"):
        assert shown in result.stdout
    for reason, count in drawn.reasons.items():
        assert f"{count:,}  {reason}" in result.stdout
    assert list(pd.read_csv(out)["patient"]) == list(drawn.table.index)


def test_patients_of_a_study_are_eligible_and_weighted_with_the_fit_printed(
    tmp_path: Path, study: Path
) -> None:
    out = tmp_path / "patients.parquet"
    result = population(str(study), "--patients", "200", "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert "patient.age < 65 year" in result.stdout
    assert "KS weighted" in result.stdout
    assert "Effective sample size: " in result.stdout
    saved = pd.read_parquet(out)
    assert (saved["weight"] * saved["patient.age"]).sum() == pytest.approx(46, abs=0.01)
    manifest = json.loads((tmp_path / "patients.json").read_text(encoding="utf-8"))
    assert (manifest["study"], manifest["seed"]) == ("study", 1)


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("mean: 46", "mean: 146", "effective sample size"),
        ("rho: 0.4", "rho: 1.4", "between -1 and 1"),
        ("il2.CL", "patient.performance_status", "bernoulli, counts"),
        ("patient.age <", "patient.aeg <", "Did you mean patient.age"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_one_message(
    study: Path, old: str, new: str, saying: str
) -> None:
    study.write_text(study.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    result = population(str(study), "--patients", "60")
    assert result.exit_code == 2
    assert saying in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    result = population("metastatic_cancer", "--out", str(tmp_path / "patients.xlsx"))
    assert result.exit_code == 2
    assert "Write patients.csv" in result.stderr
