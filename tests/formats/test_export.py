"""``immunarium export``: what it writes, and one message for each mistake."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import libsbml
import libsedml
import pytest
from typer.testing import CliRunner, Result

from immunarium import cli

Read = Callable[[str], Any]
COURSE = "aldesleukin 600000 IU/kg IV over 15 min q8h x 2"


def export(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["export", *words])


def test_sbml_is_printed(model_in: Read) -> None:
    result = export("metastatic_cancer", "--regimen", COURSE)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    model = model_in(result.stdout)
    assert model.getNumEvents() == 4
    notes = model.getNotesString()
    assert COURSE in notes
    assert "never for the care of a patient" in notes
    assert "typical patient, melanoma" in notes


def test_antimony_is_printed() -> None:
    result = export("metastatic_cancer", "--regimen", COURSE, "--format", "antimony")
    assert result.exit_code == 0, result.stderr
    assert "il2__filtered: il2__central => " in result.stdout
    assert result.stdout.count("t0=false") == 4


def test_an_archive_holds_a_model_a_simulation_and_a_manifest(
    model_in: Read, tmp_path: Path
) -> None:
    words = ("metastatic_cancer", "--regimen", COURSE, "--format", "omex", "--days", "12")
    for name in ("one.omex", "two.omex"):
        result = export(*words, "--out", str(tmp_path / name))
        assert result.exit_code == 0, result.stderr
    assert (tmp_path / "one.omex").read_bytes() == (tmp_path / "two.omex").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.omex") as archive:
        listed = {
            Path(str(e.get("location"))).name: str(e.get("format"))
            for e in ElementTree.fromstring(archive.read("manifest.xml"))
        }
        assert set(archive.namelist()) <= set(listed)
        model = model_in(archive.read("model.sbml").decode())
        simulation = libsedml.readSedMLFromString(archive.read("simulation.sedml").decode())
    assert simulation.getNumErrors() == 0
    assert simulation.getModel(0).getSource() == "model.sbml"
    assert simulation.getSimulation(0).getOutputEndTime() == 12 * 24
    asked = [
        re.findall(r"listOf(\w+)/.*@id='(\w+)'", v.getTarget())[0]
        for d in simulation.getListOfDataGenerators()
        for v in d.getListOfVariables()
        if v.getTarget()
    ]
    assert len(asked) == model.getNumSpecies() + model.getNumRules() + 2  # 2 that rules would move
    for room, name in asked:
        found = model.getSpecies(name) if room == "Species" else model.getParameter(name)
        assert found is not None, name


def test_rules_are_named_as_left_out(model_in: Read) -> None:
    rule = "hold aldesleukin when MAP < 60 mmHg"
    result = export("metastatic_cancer", "--regimen", f"{COURSE}; {rule}")
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert rule in result.stderr
    notes = model_in(result.stdout).getNotesString()
    assert "hold aldesleukin when MAP &lt; 60 mmHg" in notes


def test_a_file_is_written_whole_and_not_over_another(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    assert export("metastatic_cancer", "--out", str(path)).exit_code == 0
    assert libsbml.readSBMLFromFile(str(path)).getNumErrors() == 0
    before = path.read_bytes()
    again = export("metastatic_cancer", "--out", str(path))
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert [path] == list(tmp_path.iterdir())
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("metastatic_cance",), "Did you mean metastatic_cancer?"),
        (("metastatic_cancer", "--regimen", "aldesleukin 5 IU/kg IV q8 x 3"), "q8"),
        (("metastatic_cancer", "--regimen", "aldesleukin 5 mmHg IV once"), "mmHg"),
        (("metastatic_cancer", "--regimen", "aldesleukn 5 mg IV once"), "aldesleukin?"),
        (("metastatic_cancer", "--format", "omex"), "--out"),
        (("metastatic_cancer", "--format", "sbmll"), "Did you mean sbml?"),
        (("metastatic_cancer", "--days", "3"), "--days"),
        (("metastatic_cancer", "--patient", "-1"), "no patient -1"),
        (("metastatic_cancer", "--patient", "4"), "not a plausible patient. Draw 5 is."),
        (("metastatic_cancer", "--format", "omex", "--days", "nan", "--out", "x.omex"), "nan"),
        (("metastatic_cancer", "--out", "no_such_folder/x.xml"), "no_such_folder"),
    ],
)
def test_a_mistake_is_one_message(
    words: tuple[str, ...], saying: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = export(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert saying in result.stderr
    assert result.stderr.count("immunarium: ") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_is_missing_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libsbml", None)
    result = export("metastatic_cancer")
    assert result.exit_code == 2
    assert "pip install 'immunarium[sbml]'" in result.stderr
