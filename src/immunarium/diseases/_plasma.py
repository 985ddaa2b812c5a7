"""The antibody kernel: every plasma module, wired, for a disease to stand on."""

from __future__ import annotations

from typing import Any

from immunarium.biology.autoantibody import Autoantibody
from immunarium.biology.c5_antibody import C5Antibody
from immunarium.biology.c5_blocker import C5Blocker
from immunarium.biology.citrate import Citrate
from immunarium.biology.complement import Complement
from immunarium.biology.csf import CSF
from immunarium.biology.dendritic import Dendritic
from immunarium.biology.exchange_circuit import ExchangeCircuit
from immunarium.biology.fc_receptor import FcReceptor
from immunarium.biology.fcrn import FcRn
from immunarium.biology.fcrn_blocker import FcRnBlocker
from immunarium.biology.fresh_igg import FreshIgG
from immunarium.biology.hes import Hes
from immunarium.biology.idiotype import Idiotype
from immunarium.biology.igg import IgG
from immunarium.biology.inflammation import Inflammation
from immunarium.biology.ivig_links import IvigLinks
from immunarium.biology.patient import Patient
from immunarium.biology.plasma import PlasmaVolume
from immunarium.biology.plasma_cells import PlasmaCells
from immunarium.biology.plasma_protein import PlasmaProtein
from immunarium.biology.platelets import Platelets
from immunarium.biology.superantigen import Superantigen
from immunarium.biology.t_help import THelp
from immunarium.biology.tissue_marker import TissueMarker
from immunarium.biology.total_igg import TotalIgG
from immunarium.core import Bound, Constant, Module
from immunarium.diseases._safety import Safety

SUBCLASSES = ("igg1", "igg2", "igg3", "igg4")
PROTEINS = (
    "igm", "iga", "albumin", "fibrinogen", "c4", "fii", "fvii", "fviii", "fix", "antithrombin",
)  # fmt: skip
MARKERS = ("tgfb_mrna", "mhc1", "icam1", "lfa1")
ADULT = Bound("patient.age", 18.0, 90.0, "adults")
NOTHING = Constant(0.0, "1/h")


class Plasma:
    """The modules of plasma by instance name, and their wires.

    Parameters
    ----------
    extra_loss : Ref or Constant
        Loss of plasma IgG by the disease [1/h].
    """

    def __init__(self, extra_loss: Any = NOTHING) -> None:
        self.patient: Any = Patient()
        self.plasma: Any = PlasmaVolume("plasma")
        self.igg: Any = TotalIgG("igg")
        self.subclasses: dict[str, Any] = {name: IgG(name) for name in SUBCLASSES}
        self.fcrn: Any = FcRn()
        self.fresh_igg: Any = FreshIgG("fresh_igg")
        self.autoantibody: Any = Autoantibody()
        self.plasma_cells: Any = PlasmaCells("plasma_cells")
        self.ivig_links: Any = IvigLinks("ivig_links")
        self.idiotype: Any = Idiotype()
        self.fc_receptor: Any = FcReceptor("fc_receptor")
        self.complement: Any = Complement()
        self.inflammation: Any = Inflammation()
        self.t_help: Any = THelp("t_help")
        self.dendritic: Any = Dendritic()
        self.superantigen: Any = Superantigen()
        self.efgartigimod: Any = FcRnBlocker("efgartigimod")
        self.nipocalimab: Any = FcRnBlocker("nipocalimab")
        self.ravulizumab: Any = C5Antibody("ravulizumab")
        self.eculizumab: Any = C5Antibody("eculizumab")
        self.c5_blocker: Any = C5Blocker("c5_blocker")
        self.csf: Any = CSF()
        self.platelets: Any = Platelets()
        self.exchange_circuit: Any = ExchangeCircuit("exchange_circuit")
        self.citrate: Any = Citrate()
        self.hes: Any = Hes()
        self.proteins: dict[str, Any] = {name: PlasmaProtein(name) for name in PROTEINS}
        self.markers: dict[str, Any] = {name: TissueMarker(name) for name in MARKERS}
        self.safety = Safety()
        self.extra_loss = extra_loss

    def __getattr__(self, name: str) -> Any:
        for group in ("subclasses", "proteins", "markers"):
            if name in vars(self).get(group, {}):
                return vars(self)[group][name]
        raise AttributeError(f"Plasma has no {name}.")

    @property
    def modules(self) -> tuple[Module, ...]:
        """Every module, to be given to the model."""
        single = [m for m in vars(self).values() if isinstance(m, Module)]
        groups = (self.subclasses, self.proteins, self.markers)
        return (*single, *(m for group in groups for m in group.values()), *self.safety.modules)

    @property
    def wires(self) -> dict[Any, Any]:
        """What each needs from the others."""
        return {
            **self._igg(),
            **self._antibody(),
            **self._effectors(),
            **self._immunity(),
            **self.safety.wires(self),
            **self._drugs(),
        }

    def _igg(self) -> dict[Any, Any]:
        igg, fcrn, fresh, links = self.igg, self.fcrn, self.fresh_igg, self.ivig_links
        subclasses = self.subclasses.values()
        wires: dict[Any, Any] = {
            igg.own: [s.endo for s in subclasses],
            igg.given: [s.infused for s in subclasses],
            igg.made: [s.synthesis for s in subclasses],
            igg.infusion: [s.infusion for s in subclasses],
            igg.volume: self.plasma.volume,
            fcrn.endogenous: igg.endogenous,
            fcrn.infused: igg.infused,
            fcrn.competition: links.a3,
            fcrn.occupancy: [self.efgartigimod.occupancy, self.nipocalimab.occupancy],
            fcrn.extra_loss: self.extra_loss,
            fresh.catabolism: fcrn.catabolism,
            self.csf.plasma: igg.total,
        }
        for subclass in subclasses:
            wires |= {subclass.lost: fcrn.lost, subclass.salvage: fcrn.salvage}
        for pool in (*subclasses, fresh):
            wires[pool.ka] = igg.ka
        for pool in (*subclasses, fresh, self.autoantibody):
            wires |= {pool.k12: igg.k12, pool.k21: igg.k21, pool.volume: self.plasma.volume}
        return wires

    def _antibody(self) -> dict[Any, Any]:
        antibody, cells, links = self.autoantibody, self.plasma_cells, self.ivig_links
        return {
            antibody.catabolism: self.fcrn.catabolism,
            antibody.secretion: cells.secretion,
            cells.antibody: antibody.plasma,
            cells.unhindered: self.idiotype.b_cells,
            cells.help: self.t_help.level,
            self.idiotype.infused: self.igg.infused,
            self.idiotype.neutralising: links.a1,
            self.idiotype.inhibiting: links.a2,
        }

    def _effectors(self) -> dict[Any, Any]:
        links, complement = self.ivig_links, self.complement
        wires: dict[Any, Any] = {
            complement.fresh: self.fresh_igg.concentration,
            complement.weight: links.b,
            complement.volume: self.plasma.volume,
            complement.c5_free: self.c5_blocker.c5_free,
            self.fc_receptor.saturating: links.c1,
            self.fc_receptor.inhibiting: links.c2,
            self.fc_receptor.infused: self.igg.infused,
        }
        # nothing marks them for phagocytes, unless a disease wires these three otherwise
        wires[self.platelets.antibody] = Constant(0.0)
        wires[self.platelets.unneutralised] = wires[self.platelets.phi] = Constant(1.0)
        for name, protein in self.proteins.items():
            wires[protein.use] = complement.c4_use if name == "c4" else NOTHING
            wires[protein.volume] = self.plasma.volume
        wires[self.hes.volume] = self.plasma.volume
        return wires

    def _immunity(self) -> dict[Any, Any]:
        links, cells, helping = self.ivig_links, self.inflammation, self.t_help
        wires: dict[Any, Any] = {
            cells.weight: links.d,
            cells.phi: self.fc_receptor.phi,
            cells.newly_filled: self.fc_receptor.newly_filled,
            cells.superantigen: self.superantigen.drive,
            cells.maturation: self.dendritic.maturation,
            helping.weight: links.e,
            helping.maturation: self.dendritic.maturation,
            helping.superantigen: self.superantigen.drive,
            self.superantigen.weight: links.f,
            self.dendritic.weight: links.g,
        }
        for cell in (cells, helping, self.superantigen, self.dendritic):
            wires[cell.infused] = self.igg.infused
        for marker in self.markers.values():
            wires[marker.stimulus] = cells.activity
        return wires

    def _drugs(self) -> dict[Any, Any]:
        c5, drugs = self.c5_blocker, (self.ravulizumab, self.eculizumab)
        wires: dict[Any, Any] = {
            c5.antibody: [drug.concentration for drug in drugs],
            c5.volume: self.plasma.volume,
        }
        for drug in drugs:
            wires |= {drug.catabolism: self.fcrn.catabolism, drug.catabolism_0: self.fcrn.fcr0}
        return wires
