"""Metastatic cancer in an adult who may be given IL-2 and LAK cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from immunarium.biology.antigen import Antigen
from immunarium.biology.blood_counts import BloodCounts
from immunarium.biology.burst import Burst
from immunarium.biology.cd8 import CD8
from immunarium.biology.cytokine import Cytokine
from immunarium.biology.fever import Fever
from immunarium.biology.fluid import Fluid
from immunarium.biology.haemodynamics import Haemodynamics
from immunarium.biology.il2 import IL2
from immunarium.biology.kidney import Kidney
from immunarium.biology.lak import LAK
from immunarium.biology.leak import Leak
from immunarium.biology.lesion import Lesion
from immunarium.biology.liver import Liver
from immunarium.biology.lung import Lung
from immunarium.biology.nitric_oxide import NitricOxide
from immunarium.biology.nk import NK
from immunarium.biology.patient import Patient
from immunarium.biology.priming import Priming
from immunarium.biology.receptor import Receptor
from immunarium.biology.support import Support
from immunarium.biology.survival import Survival
from immunarium.biology.tconv import Tconv
from immunarium.biology.trafficking import Trafficking
from immunarium.biology.treatment_death import TreatmentDeath
from immunarium.biology.treg import Treg
from immunarium.biology.tumour import Tumour
from immunarium.core import Bound, Disease, Model, Module

SLOTS = 12


def build() -> Model:
    """Wire lymphocytes, cytokines, circulation and tumour."""
    il2, flow = IL2(), Trafficking()
    treg, tconv, cd8, nk = Treg(), Tconv(), CD8(), NK()
    names = ("treg", "tconv", "cd8", "nk_dim", "nk_bright")
    receptors = {name: Receptor(f"{name}_receptor") for name in names}
    lak, antigen, priming, tumour = LAK(), Antigen(), Priming(), Tumour()
    lesions = [Lesion(f"lesion_{k}") for k in range(1, SLOTS + 1)]
    counts, survival = BloodCounts("blood_counts"), Survival()
    cytokine, circulation = Cytokine(), _Circulation()
    return Model(
        *(Patient(), il2, *receptors.values(), flow, treg, tconv, cd8, nk, counts),
        *(lak, antigen, priming, *lesions, tumour, survival, cytokine, *circulation.modules),
        wires={
            **_lymphocytes(il2, flow, receptors, treg, tconv, cd8, nk),
            il2.secretion: antigen.secretion,
            flow.ifn: cytokine.ifn,
            nk.recruited: lak.recruited,
            counts.treg_cells: treg.blood,
            counts.tconv_cells: [tconv.naive_blood, tconv.memory_blood],
            counts.cd8_cells: cd8.blood,
            counts.nk_cells: [nk.bright_blood, nk.dim_blood],
            lak.nk_gate: receptors["nk_dim"].m,
            lak.nk_cells: nk.dim_organ,
            lak.cd8_gate: receptors["cd8"].m,
            lak.cd8_cells: cd8.organ,
            lak.survival_signal: receptors["nk_bright"].s,
            lak.treg: treg.organ,
            antigen.tumour: tumour.viable,
            antigen.treg: treg.organ,
            priming.il2: il2.organ_free,
            priming.product: lak.product,
            priming.treg: treg.organ,
            **_tumour(priming, lak, lesions, tumour, survival),
            **circulation.wires(il2, receptors, cytokine, lak),
        },
    )


def _lymphocytes(
    il2: Any, flow: Any, receptors: dict[str, Any], treg: Any, tconv: Any, cd8: Any, nk: Any
) -> dict[Any, Any]:
    """IL-2, its receptors and the cells that carry them."""
    cells = (treg, tconv, cd8, nk)
    wires = {
        il2.uptake_blood: [c.uptake_blood for c in cells],
        il2.uptake_organ: [c.uptake_organ for c in cells],
        flow.il2: il2.plasma,
        flow.treg_complexes: receptors["treg"].complexes_blood,
        treg.s: receptors["treg"].s,
        treg.out: flow.treg_out,
        tconv.growth: receptors["tconv"].growth,
        tconv.out: flow.T_out,
        cd8.growth: receptors["cd8"].growth,
        cd8.out: flow.T_out,
        nk.bright_s: receptors["nk_bright"].s,
        nk.dim_growth: receptors["nk_dim"].growth,
        nk.bright_uptake: receptors["nk_bright"].uptake,
        nk.bright_uptake_blood: receptors["nk_bright"].uptake_blood,
        nk.dim_uptake: receptors["nk_dim"].uptake,
        nk.dim_uptake_blood: receptors["nk_dim"].uptake_blood,
        nk.out: flow.NK_out,
        nk.back: flow.NK_back,
    }
    for cell, name in ((treg, "treg"), (tconv, "tconv"), (cd8, "cd8")):
        wires[cell.cell_uptake] = receptors[name].uptake
        wires[cell.cell_uptake_blood] = receptors[name].uptake_blood
        wires[cell.back] = flow.T_back
    for receptor in receptors.values():
        wires[receptor.il2] = il2.organ_free
        wires[receptor.il2_blood] = il2.plasma
    return wires


def _tumour(
    priming: Any, lak: Any, lesions: list[Any], tumour: Any, survival: Any
) -> dict[Any, Any]:
    """Lesions, their sums, and who kills them."""
    wires: dict[Any, Any] = {
        tumour.volume: [x.volume for x in lesions],
        tumour.viable_volume: [x.viable for x in lesions],
        tumour.sensitive_volume: [x.sensitive for x in lesions],
        tumour.killed: [x.killed for x in lesions],
        tumour.grown: [x.grown for x in lesions],
        priming.sensitive: tumour.sensitive,
        priming.killing: tumour.killing,
        survival.burden: tumour.burden,
    }
    for lesion in lesions:
        wires[lesion.effectors] = priming.effectors
        wires[lesion.reach] = priming.reach
        wires[lesion.host_killers] = lak.host_killers
        wires[lesion.infused_killers] = lak.infused_killers
    return wires


class _Circulation:
    """Leak, pressure and the organs that suffer, under cytokines."""

    def __init__(self) -> None:
        self.burst: Any = Burst()
        self.nitric_oxide: Any = NitricOxide("nitric_oxide")
        self.leak: Any = Leak()
        self.fluid: Any = Fluid()
        self.heart: Any = Haemodynamics()
        self.kidney: Any = Kidney()
        self.liver: Any = Liver()
        self.fever: Any = Fever()
        self.lung: Any = Lung()
        self.support: Any = Support()
        self.death: Any = TreatmentDeath("treatment_death")

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(vars(self).values())

    def wires(self, il2: Any, receptors: dict[str, Any], cytokine: Any, lak: Any) -> dict[Any, Any]:
        burst, heart, fluid, kidney = self.burst, self.heart, self.fluid, self.kidney
        wires = {
            burst.pstat5_nk_dim: receptors["nk_dim"].s,
            burst.pstat5_cd8: receptors["cd8"].s,
            burst.pstat5_nk_bright: receptors["nk_bright"].s,
            burst.mtor_nk_bright: receptors["nk_bright"].m,
            burst.il12: cytokine.il12,
            cytokine.secretion: burst.secretion,
            cytokine.il2: il2.plasma,
            self.leak.il2: il2.plasma,
            fluid.permeability: self.leak.permeability,
            fluid.pressure: heart.MAP,
            fluid.diuresis: kidney.diuresis,
            fluid.support: self.support.fluids,
            fluid.temperature: self.fever.temperature,
            heart.plasma_ratio: fluid.plasma_ratio,
            heart.nox: self.nitric_oxide.nox,
            heart.temperature: self.fever.temperature,
            heart.pressor: self.support.pressor,
            kidney.pressure_ratio: heart.pressure_ratio,
            kidney.plasma: fluid.plasma,
            self.liver.killers: lak.host,
            self.fever.il6: cytokine.il6,
            self.lung.permeability: self.leak.permeability,
            self.lung.oedema: fluid.oedema,
            self.death.MAP: heart.MAP,
            self.death.water: self.lung.water,
        }
        for organ in (self.nitric_oxide, self.leak, heart, self.liver):
            wires[organ.ifn_effect] = cytokine.ifn_effect
        for organ in (self.nitric_oxide, self.leak, heart, self.liver, fluid, kidney):
            wires[organ.tnf_effect] = cytokine.tnf_effect
        return wires


_HERE = Path(__file__).parent

metastatic_cancer = Disease(
    name="metastatic_cancer",
    summary="Metastatic solid cancer after failure of standard treatment.",
    build=build,
    overlay=_HERE / "metastatic_cancer.tsv",
    histologies={
        name: _HERE / f"metastatic_cancer_{name}.tsv"
        for name in ("melanoma", "renal", "colorectal", "sarcoma")
    },
    shares={"melanoma": 0.5, "renal": 0.5, "colorectal": 0.0, "sarcoma": 0.0},
    plausible=(
        Bound("tumour.net_growth", at_least=0.0, why="an untreated tumour that presents grows"),
        Bound("priming.drive_untreated", at_most=0.8, why="T cells did not control it before"),
        Bound("tumour.burden", at_least=5.2e-4, why="at least what makes a 10 mm lesion"),
    ),
    correlated=_HERE / "metastatic_cancer_correlations.tsv",
)
