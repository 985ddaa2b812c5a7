"""Plasma exchange in SBML: what is drawn is a reaction, and its clearance a parameter in L/h."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from immunarium.core import ImmunoError, Inflow, Model, Module, Parameter, Species, quantity
from immunarium.dosing import ResolvedDose
from immunarium.formats import Course, to_sbml
from immunarium.formats.ids import path_of, sid

HOUR = 3_600_000


class Pool(Module):
    """A protein that exchange takes."""

    igg = Species("mg", "a protein", exchangeable="space")
    volume = Parameter("L", "plasma volume")
    inflow = Inflow(igg)

    @quantity("L")
    def space(self):
        """Twice the plasma: half of it is bound."""
        return 2.0 * self.volume


@pytest.mark.parametrize("path", ["@clear:pool.igg", "@pool.igg", "pool.igg", "clearance.rate"])
def test_every_path_is_read_back_from_its_identifier(path):
    assert path_of(sid(path)) == path


def test_a_module_that_would_be_read_as_a_clearance_is_refused():
    with pytest.raises(ImmunoError, match="no module 'input' or 'clear'"):
        sid("clear.igg")


def test_a_session_is_an_event_that_sets_a_clearance_and_ends_it(model_in):
    graph = Model(Pool("pool"), wires={}).graph
    drawn = ResolvedDose(0, 2 * HOUR, "clear:pool.igg", np.array([3.0]), "exchange", 1, "exchange")
    back = ResolvedDose(
        0, 2 * HOUR, "pool.igg", np.array([30.0]), "exchange", 1, "exchange", counts=False
    )
    text = to_sbml(Course(graph, {"pool.volume": 3.0}, {"pool.igg": 100.0}, (drawn, back), "pool"))
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    model = model_in(text)
    reaction = model.getReaction("exchange__pool__igg")
    law = libsbml.formulaToL3String(reaction.getKineticLaw().getMath())
    assert law == "clear__pool__igg * (pool__igg / pool__space)"
    assert model.getParameter("clear__pool__igg").getUnits() == "L_per_h"
    assert libsbml.formulaToL3String(model.getAssignmentRule("pool__inflow").getMath()) == (
        "input__pool__igg"
    )
    rates = [
        {
            a.getVariable(): libsbml.formulaToL3String(a.getMath())
            for a in (e.getEventAssignment(i) for i in range(e.getNumEventAssignments()))
        }
        for e in (model.getEvent(i) for i in range(model.getNumEvents()))
    ]
    assert rates == [
        {"clear__pool__igg": "1.5", "input__pool__igg": "15"},
        {"clear__pool__igg": "0", "input__pool__igg": "0"},
    ]
