"""A COMBINE archive: a course as SBML, and how long and how finely to run it as SED-ML."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from immunarium.core import ImmunoError
from immunarium.formats.course import Course
from immunarium.formats.ids import sid

_SBML = "http://www.sbml.org/sbml/level3/version2/core"
_CVODE, _RELATIVE = "KISAO:0000019", "KISAO:0000209"
_MODEL, _COURSE = "model.sbml", "simulation.sedml"
_SPEC = "http://identifiers.org/combine.specifications/"
_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<omexManifest xmlns="{_SPEC}omex-manifest">
  <content location="." format="{_SPEC}omex"/>
  <content location="./manifest.xml" format="{_SPEC}omex-manifest"/>
  <content location="./{_MODEL}" format="{_SPEC}sbml.level-3.version-2"/>
  <content location="./{_COURSE}" format="{_SPEC}sed-ml.level-1.version-4" master="true"/>
</omexManifest>
"""


def write_omex(course: Course, sbml: str, days: float, path: Path) -> None:
    """Write a COMBINE archive (OMEX).

    Parameters
    ----------
    sbml : str
        The course, as ``to_sbml`` writes it.
    days : float
        How long the simulation in the archive runs; it keeps every hour.

    Raises
    ------
    ImmunoError
        libSEDML is not installed, or the time is none.
    """
    if not 0 < days <= 36525:
        raise ImmunoError(f"Cannot follow a patient for {days:g} days. Write a number up to 36525.")
    parts = {"manifest.xml": _MANIFEST, _MODEL: sbml, _COURSE: to_sedml(course, days)}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)  # no date: same course, same bytes


def to_sedml(course: Course, days: float) -> str:
    """Write a simulation of ``model.sbml`` as SED-ML Level 1 Version 4: an hourly time course."""
    sedml = _library()
    document = sedml.SedDocument(1, 4)
    document.getSedNamespaces().addNamespace(_SBML, "sbml")
    model = document.createModel()
    model.setId("model")
    model.setSource(_MODEL)
    model.setLanguage("urn:sedml:language:sbml.level-3.version-2")
    simulation = document.createUniformTimeCourse()
    simulation.setId("simulation")
    for put in (simulation.setInitialTime, simulation.setOutputStartTime):
        put(0.0)
    simulation.setOutputEndTime(24.0 * days)
    simulation.setNumberOfSteps(max(1, round(24 * days)))
    method = simulation.createAlgorithm()
    method.setKisaoID(_CVODE)
    tolerance = method.createAlgorithmParameter()
    tolerance.setKisaoID(_RELATIVE)
    tolerance.setValue("1e-6")
    task = document.createTask()
    task.setId("task")
    task.setModelReference("model")
    task.setSimulationReference("simulation")
    _report(sedml, document, course)
    return sedml.writeSedMLToString(document)


def _report(sedml: Any, document: Any, course: Course) -> None:
    """Ask for the time, every state and every quantity."""
    report = document.createReport()
    report.setId("report")
    for path in ("time", *course.graph.states, *course.graph.quantities):
        name = sid(path)
        data = document.createDataGenerator()
        data.setId(f"data_{name}")
        data.setName(path)
        data.setMath(sedml.parseL3Formula(f"read_{name}"))
        variable = data.createVariable()
        variable.setId(f"read_{name}")
        variable.setTaskReference("task")
        if path == "time":
            variable.setSymbol("urn:sedml:symbol:time")
        else:
            kind = "Species/sbml:species" if path in course.species else "Parameters/sbml:parameter"
            variable.setTarget(f"/sbml:sbml/sbml:model/sbml:listOf{kind}[@id='{name}']")
        column = report.createDataSet()
        column.setId(f"column_{name}")
        column.setLabel(path)
        column.setDataReference(f"data_{name}")


def _library() -> Any:
    try:
        import libsedml
    except ImportError:
        raise ImmunoError("This needs libSEDML. Run: pip install 'immunarium[sbml]'") from None
    return libsedml
