"""The problem as SBML by Immunarium's own export, with the edges of its infusions as events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.problem import Problem

RATE = "inflow_while_infused"


def text(problem: Problem, events: bool = True) -> str:
    """Return the model with the first patient's numbers, and events that set the inflow."""
    from benchmarks.models import draw
    from immunarium.formats.course import Course
    from immunarium.formats.ids import sid
    from immunarium.formats.sbml import to_sbml

    name = json.loads((problem.folder / "names.json").read_text())["model"]
    graph = draw(name, 1).graph
    course = Course(
        graph,
        dict(zip(problem.parameters, problem.values[0].tolist(), strict=True)),
        dict(zip(problem.states, problem.y0[0].tolist(), strict=True)),
        name="benchmark",
    )
    source = sid(f"@{problem.target}")
    plain = to_sbml(course)
    return _infused(plain, source, problem) if events else plain


def _infused(sbml: str, source: str, problem: Problem) -> str:
    """Add a parameter and an event at each edge; the source of infusions may then change."""
    import xml.etree.ElementTree as ET

    space = "http://www.sbml.org/sbml/level3/version2/core"
    math = "http://www.w3.org/1998/Math/MathML"
    ET.register_namespace("", space)
    root = ET.fromstring(sbml)
    model = root.find(f"{{{space}}}model")
    assert model is not None
    parameters = model.find(f"{{{space}}}listOfParameters")
    assert parameters is not None
    for p in parameters:
        if p.get("id") == source:
            p.set("constant", "false")
            p.set("value", "0")
    ET.SubElement(
        parameters, f"{{{space}}}parameter", {"id": RATE, "value": "0", "constant": "true"}
    )
    events = ET.SubElement(model, f"{{{space}}}listOfEvents")
    for time, running in zip(problem.edges.tolist(), [*problem.on, False], strict=True):
        formula = f"<ci> {RATE} </ci>" if running else "<cn> 0 </cn>"
        events.append(ET.fromstring(
            f'<event xmlns="{space}" useValuesFromTriggerTime="true">'
            f'<trigger initialValue="false" persistent="true"><math xmlns="{math}"><apply><geq/>'
            f'<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> t '
            f"</csymbol><cn> {time!r} </cn></apply></math></trigger><listOfEventAssignments>"
            f'<eventAssignment variable="{source}"><math xmlns="{math}">{formula}</math>'
            f"</eventAssignment></listOfEventAssignments></event>"
        ))  # fmt: skip
    return ET.tostring(root, encoding="unicode")
