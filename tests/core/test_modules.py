"""What a module may say, and what a model refuses."""

import numpy as np
import pytest

from immunarium.core import (
    Constant,
    Covariate,
    Inflow,
    Model,
    ModelError,
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    nothing,
    quantity,
    reaction,
    relaxes,
)


class Drug(Module):
    """A drug in plasma."""

    amount = Species("nmol", "drug in plasma", doseable=True)
    eaten = Needs("nmol/h", "eaten by cells")
    V = Parameter("L", "volume")
    CL = Parameter("L/h", "clearance")
    made = Parameter("nmol/h", "production", balances=amount)

    @quantity("nmol/L")
    def free(self):
        """Concentration."""
        return self.amount / self.V

    free0 = Start(free)

    @reaction(nothing >> amount)
    def produced(self):
        return self.made

    @reaction(amount >> nothing)
    def cleared(self):
        return self.CL * self.free

    @reaction(amount >> nothing)
    def taken(self):
        return self.eaten


class Cells(Module):
    """Cells that eat the drug and divide on it."""

    cells = Species("cell", "cells")
    drug = Needs("nmol/L", "free drug")
    drug0 = Start(drug)
    k = Parameter("L/(cell h)", "uptake")
    g = Parameter("L/(nmol h)", "division")

    @quantity("nmol/h")
    def uptake(self):
        return self.k * self.cells * self.drug

    @reaction(cells >> 2 * cells)
    def divide(self):
        return self.g * (self.drug - self.drug0) * self.cells


def wired(**more):
    drug, cells = Drug(), Cells()
    return Model(drug, cells, wires={drug.eaten: cells.uptake, cells.drug: drug.free, **more})


def test_a_model_is_traced_into_one_graph():
    g = wired().graph
    assert g.states == ("drug.amount", "cells.cells")
    assert g.inputs == ("@drug.amount",)
    assert "@drug.amount" in str(g.rates[0])


def test_what_balances_makes_the_start_exact():
    m = wired()
    from immunarium.core import evaluate

    rows = {"drug.amount": 3.0, "cells.cells": 7.0, "drug.V": 2.0, "drug.CL": 5.0,
            "cells.k": 0.1, "cells.g": 1.0}  # fmt: skip
    made, free0 = evaluate([m.graph.derived["drug.made"], m.graph.derived["drug.free0"]], rows)
    assert made == pytest.approx(5 * 1.5 + 0.1 * 7 * 1.5)
    assert free0 == 1.5
    assert evaluate([m.rate_of("drug.amount")], rows)[0] == pytest.approx(0.0, abs=1e-14)


def test_a_missing_wire_names_what_would_fit():
    drug, cells = Drug(), Cells()
    with pytest.raises(ModelError) as e:
        Model(drug, cells, wires={drug.eaten: cells.uptake})
    assert str(e.value) == (
        "cells.drug [nmol/L] is not wired. In this model it could be drug.free: "
        "write wires={cells.drug: drug.free}."
    )


def test_a_wire_to_the_wrong_unit_is_refused():
    drug, cells = Drug(), Cells()
    with pytest.raises(ModelError, match=r"cells.drug needs \[nmol/L\] but is wired"):
        Model(drug, cells, wires={drug.eaten: cells.uptake, cells.drug: cells.cells})


def test_a_wire_to_an_absent_module_is_refused():
    drug, cells, other = Drug(), Cells(), Drug("other")
    with pytest.raises(ModelError, match="not in this model"):
        Model(drug, cells, wires={drug.eaten: cells.uptake, cells.drug: other.free})


def test_two_instances_need_two_names():
    with pytest.raises(ModelError, match="Two modules are called drug"):
        Model(Drug(), Drug(), wires={})


def test_a_law_with_the_wrong_unit_is_refused():
    class Wrong(Module):
        """Wrong."""

        amount = Species("nmol")
        CL = Parameter("L/h")

        @reaction(amount >> nothing)
        def cleared(self):
            return self.CL * self.amount

    with pytest.raises(ModelError, match=r"wrong.cleared should be \[nmol/h\]"):
        Model(Wrong(), wires={})


def test_adding_different_units_names_both():
    class Adds(Module):
        """Adds."""

        amount = Species("nmol")
        V = Parameter("L")

        @quantity("nmol")
        def sum(self):
            return self.amount + self.V

    with pytest.raises(ModelError, match=r"adds.sum puts \[.*\] together with \[.*\]"):
        Model(Adds(), wires={})


def test_quantities_in_a_loop_are_printed_as_a_loop():
    class Loop(Module):
        """Loop."""

        @quantity("1")
        def a(self):
            return self.b

        @quantity("1")
        def b(self):
            return self.a

    with pytest.raises(ModelError, match=r"loop\.a → loop\.b → loop\.a"):
        Model(Loop(), wires={})


def test_foreign_units_are_refused_inside_a_model():
    with pytest.raises(ModelError, match="use only nmol, L, h, mg, cell"):

        class Foreign(Module):
            """Foreign."""

            amount = Species("mg/dL")


def test_modules_are_final():
    with pytest.raises(ModelError, match="Modules are final"):

        class Sub(Drug):
            """Sub."""


def test_laws_do_not_read_covariates():
    class Reads(Module):
        """Reads."""

        weight = Covariate("kg")

        @quantity("mg")
        def mass(self):
            return self.weight

    with pytest.raises(ModelError, match=r"reads the covariate reads\.weight"):
        Model(Reads(), wires={})


def test_constants_on_wires_are_in_the_own_units():
    with pytest.raises(ModelError, match=r"A constant is given in \[mL/min\]"):
        Constant(24.0, "mL/min")


def test_a_list_of_supplies_is_a_sum():
    class Sum(Module):
        """Sum."""

        rate = Needs("1/h")
        x = Species("1")

        @relaxes(x)
        def moves(self):
            return self.rate

    s = Sum()
    g = Model(s, wires={s.rate: [Constant(1.5, "1/h"), Constant(1.0, "1/h")]}).graph
    assert g.rates[0].value == 2.5


def test_an_unknown_path_suggests_the_nearest():
    with pytest.raises(ModelError, match=r"no 'drug.fre'. Did you mean drug.free"):
        wired().graph.value("drug.fre")


@pytest.mark.parametrize(
    "law",
    [
        lambda self: self.k * self.amount if self.amount > self.half else 0 * self.k * self.amount,
        lambda self: self.k * self.amount if self.amount else 0 * self.k * self.amount,
        lambda self: self.k * self.amount if self.amount > 5 else 0 * self.k * self.amount,
        lambda self: self.k * np.maximum(self.amount, self.half),
        lambda self: self.k * self.amunt,
    ],
)
def test_a_law_that_is_no_arithmetic_is_named(law):
    class Pool(Module):
        """Pool."""

        amount = Species("nmol")
        half = Species("nmol")
        k = Parameter("1/h")

        @reaction(amount >> nothing)
        def lost(self):
            return law(self)

    with pytest.raises(ModelError, match=r"The law pool\.lost cannot be read: .*smooth_step"):
        _ = Model(Pool(), wires={}).graph


class Plasma(Module):
    """What plasma is drawn from."""

    volume = Parameter("L", "plasma volume")


class Protein(Module):
    """A protein in plasma, with what flows in."""

    plasma = Species("mg", "in plasma", exchangeable="volume")
    tissue = Species("mg", "in tissue")
    volume = Needs("L", "plasma volume")
    k = Parameter("1/h", "elimination")
    inflow = Inflow(plasma)

    @quantity("mg/L")
    def concentration(self):
        """Concentration."""
        return self.plasma / self.volume

    @reaction(plasma >> nothing)
    def eliminated(self):
        return self.k * self.plasma * (1 + self.inflow / (self.k * self.plasma + self.inflow))


def exchanged():
    pool, protein = Plasma("pool"), Protein()
    return Model(pool, protein, wires={protein.volume: pool.volume})


def test_what_is_exchangeable_is_drawn_with_its_volume_and_may_be_given_back():
    g = exchanged().graph
    assert g.inputs == ("@protein.plasma", "@clear:protein.plasma")
    assert "@clear:protein.plasma * protein.plasma / pool.volume" in str(g.rates[0]).replace(
        "(", ""
    ).replace(")", "")
    drawn = g.flows[-1]
    assert (drawn.path, drawn.net) == ("@clear:protein.plasma", {"protein.plasma": -1})


def test_a_law_reads_what_is_infused():
    g = exchanged().graph
    assert str(g.value("protein.inflow")) == "@protein.plasma"
    assert g.units["protein.inflow"] == "mg/h"


def test_at_the_start_nothing_is_infused():
    class Reader(Module):
        """Reads an inflow."""

        inflow = Needs("mg/h", "what is infused")
        before = Start(inflow)

    pool, protein, reader = Plasma("pool"), Protein(), Reader()
    wires = {protein.volume: pool.volume, reader.inflow: protein.inflow}
    assert str(Model(pool, protein, reader, wires=wires).graph.derived["reader.before"]) == "0"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("room", r"exchangeable='room', but room is not declared there\. Name the volume \[L\]"),
        ("k", r"exchangeable='k', but k is \[1/h\]\. Name the volume \[L\] .* in: V\."),
    ],
)
def test_what_is_exchangeable_names_a_volume(name, message):
    class Lost(Module):
        """Dissolved nowhere."""

        amount = Species("mg", exchangeable=name)
        V = Parameter("L")
        k = Parameter("1/h")

    with pytest.raises(ModelError, match=message):
        Model(Lost(), wires={})


def test_an_inflow_needs_a_species_that_takes_doses():
    class Shut(Module):
        """Takes no dose."""

        amount = Species("mg")
        inflow = Inflow(amount)

    with pytest.raises(ModelError, match=r"shut.inflow is what flows into amount, which takes no"):
        Model(Shut(), wires={})
