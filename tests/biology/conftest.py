"""One typical person whose IL-2, receptors and lymphocytes are followed by the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from immunarium.biology.blood_counts import BloodCounts
from immunarium.biology.cd8 import CD8
from immunarium.biology.il2 import IL2
from immunarium.biology.nk import NK
from immunarium.biology.receptor import Receptor
from immunarium.biology.tconv import Tconv
from immunarium.biology.trafficking import Trafficking
from immunarium.biology.treg import Treg
from immunarium.core import Constant, Disease, Expr, Model, Module, Needs, Ref, Row, Species
from immunarium.core.tables import read_rows
from immunarium.diseases.metastatic_cancer import metastatic_cancer
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.population import Population

NMOL_PER_IU = 1e6 / (16.36e6 * 15_300)  # 16.36 MIU/mg, 15.3 kDa
WEIGHT, F_SC, LAG_SC = 70.0, 0.35, 0.45

Infusion = tuple[float, float, str, float | NDArray[np.float64]]  # start h, hours, path, nmol
Curves = dict[str, NDArray[np.float64]]


class Dish(Module):
    """A dish whose IL-2 stays where a bolus puts it.

    Assumes: no depletion.
    Leaves out: everything else.
    Read: nothing.
    """

    il2 = Species("nmol/L", "IL-2 in the medium", doseable=True)


class Person:
    """A typical person: medians of everything, at rest until dosed."""

    def __init__(self, model: Model, rows: Sequence[Row] = ()) -> None:
        disease = Disease("one person", "For tests.", lambda: model)
        self.population = Population.typical(disease, study=rows)
        self.graph = model.graph

    @staticmethod
    def iv(iu: float, *, at: float = 0.0, over: float = 0.0) -> Infusion:
        """Aldesleukin into a vein."""
        return at, over, "il2.central", iu * NMOL_PER_IU

    @staticmethod
    def sc(iu: float, *, at: float = 0.0) -> Infusion:
        """Aldesleukin under the skin: what survives, when it starts to be absorbed."""
        return at + LAG_SC, 0.0, "il2.depot", iu * NMOL_PER_IU * F_SC

    @classmethod
    def high_dose(cls, doses: int) -> list[Infusion]:
        """600,000 IU/kg over 15 min, every 8 h."""
        return [cls.iv(600_000 * WEIGHT, at=8.0 * i, over=0.25) for i in range(doses)]

    def with_ledger(self, path: str, rate: Expr) -> Person:
        """Return the same person with one more thing integrated, from 0."""
        twin = copy(self)
        twin.graph = replace(
            self.graph,
            states=(*self.graph.states, path),
            rates=(*self.graph.rates, rate),
            scales=np.append(self.graph.scales, 1.0),
            units=self.graph.units | {path: "nmol"},
        )
        return twin

    def follow(self, doses: Sequence[Infusion], hours: ArrayLike, *paths: str) -> Curves:
        """Return curves at ``hours``, just before what starts there; a row for each amount."""
        graph, n = self.graph, max([1, *(np.size(d[3]) for d in doses)])
        kernel = compile_model(graph, {p: graph.value(p) for p in paths}, {})
        initial = np.zeros((n, len(graph.states)))
        initial[:, : len(self.population.model.species)] = self.population.initial()
        parameters = np.repeat(self.population.parameters(), n, axis=0)
        ticks = np.rint(np.asarray(hours) * TICKS_PER_HOUR).astype(np.int64)
        given = tuple(
            Dose(
                round(at * TICKS_PER_HOUR),
                round(over * TICKS_PER_HOUR),
                target,
                np.broadcast_to(amount, (n,)),
                "IL-2",
                1,
            )
            for at, over, target, amount in doses
        )
        plan = Plan(given, (), int(ticks[-1]), ticks, (), None)
        result = run(kernel, initial, parameters, plan, rtol=1e-8)
        assert not result.status.any(), result.status_text(0)
        curves = result.recorded[0] if n == 1 else result.recorded
        return {p: curves[..., i] for i, p in enumerate(paths)}

    def fold(self, doses: Sequence[Infusion], hours: ArrayLike, path: str) -> NDArray[np.float64]:
        """Return a curve over its own start."""
        curve = self.follow(doses, np.append(0.0, hours), path)[path]
        return curve[1:] / curve[0]


def il2_model() -> Model:
    """IL-2, its receptors, where lymphocytes are and what they count; IFN-γ stays at rest."""
    il2, traffic, counts = IL2(), Trafficking(), BloodCounts("counts")
    treg, tconv, cd8, nk = pools = Treg(), Tconv(), CD8(), NK()
    classes = ("treg", "tconv", "cd8", "nk_dim", "nk_bright")
    r = {k: Receptor(f"{k}_receptor") for k in classes}
    wires = {
        il2.uptake_blood: [p.uptake_blood for p in pools],
        il2.uptake_organ: [p.uptake_organ for p in pools],
        il2.secretion: Constant(0.0, "nmol/h"),
        traffic.il2: il2.plasma,
        traffic.ifn: Constant(100.0, "U/L"),
        traffic.treg_complexes: r["treg"].complexes_blood,
        treg.s: r["treg"].s,
        treg.out: traffic.treg_out,
        tconv.out: traffic.T_out,
        cd8.out: traffic.T_out,
        nk.out: traffic.NK_out,
        nk.back: traffic.NK_back,
        nk.bright_s: r["nk_bright"].s,
        nk.dim_growth: r["nk_dim"].growth,
        nk.recruited: Constant(0.0, "1/h"),
        nk.bright_uptake: r["nk_bright"].uptake,
        nk.bright_uptake_blood: r["nk_bright"].uptake_blood,
        nk.dim_uptake: r["nk_dim"].uptake,
        nk.dim_uptake_blood: r["nk_dim"].uptake_blood,
        counts.treg_cells: treg.blood,
        counts.tconv_cells: [tconv.naive_blood, tconv.memory_blood],
        counts.cd8_cells: cd8.blood,
        counts.nk_cells: [nk.bright_blood, nk.dim_blood],
        tconv.growth: r["tconv"].growth,
        cd8.growth: r["cd8"].growth,
    }
    for receptor in r.values():
        wires |= {receptor.il2: il2.organ_free, receptor.il2_blood: il2.plasma}
    for name, pool in (("treg", treg), ("tconv", tconv), ("cd8", cd8)):
        wires |= {
            pool.cell_uptake: r[name].uptake,
            pool.cell_uptake_blood: r[name].uptake_blood,
            pool.back: traffic.T_back,
        }
    return Model(il2, traffic, counts, *pools, *r.values(), wires=wires)


@pytest.fixture(scope="session")
def person() -> Person:
    return Person(il2_model())


@pytest.fixture(scope="session")
def cell_free() -> Person:
    """Return a person whose cells eat no IL-2."""
    il2, nothing = IL2(), Constant(0.0, "L/h")
    wires = {
        il2.uptake_blood: nothing,
        il2.uptake_organ: nothing,
        il2.secretion: Constant(0.0, "nmol/h"),
    }
    return Person(Model(il2, wires=wires))


@pytest.fixture(scope="session")
def in_dish() -> Callable[..., Person]:
    """Return what puts cells of one class in a dish, with rows of their own."""

    def make(name: str, rows: Sequence[Row] = ()) -> Person:
        dish, receptor = Dish(), Receptor(name)
        wires = {receptor.il2: dish.il2, receptor.il2_blood: dish.il2}
        return Person(Model(dish, receptor, wires=wires), rows)

    return make


@pytest.fixture(scope="session")
def patient() -> Person:
    """Return the typical patient with metastatic cancer: all organs, wired."""
    assert metastatic_cancer.overlay is not None
    return Person(metastatic_cancer.build(), read_rows(metastatic_cancer.overlay))


@pytest.fixture(scope="session")
def alone() -> Callable[..., Person]:
    """Return what follows one module, with constants or drivers for what it needs."""

    def make(module: Module, *drivers: Module, **needs: float | Ref) -> Person:
        wires: dict[Ref, Ref | Constant] = {}
        for need in module.declared(Needs):
            supply = needs[need.thing.name]
            wires[need] = supply if isinstance(supply, Ref) else Constant(supply, need.unit)
        return Person(Model(module, *drivers, wires=wires))

    return make
